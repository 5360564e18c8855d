// What an application has to keep for the library, in memory: one device and its peers.
import * as signal from '@signalapp/libsignal-client';

class Sessions extends signal.SessionStore {
  records = new Map();
  async saveSession(name, record) { this.records.set(name.toString(), record); }
  async getSession(name) { return this.records.get(name.toString()) ?? null; }
  async getExistingSessions(names) { return names.map((name) => this.records.get(name.toString())); }
}

class Identities extends signal.IdentityKeyStore {
  key = signal.PrivateKey.generate();
  registrationId = 1 + Math.floor(Math.random() * 16380);
  known = new Map();
  async getIdentityKey() { return this.key; }
  async getLocalRegistrationId() { return this.registrationId; }
  async saveIdentity(name, theirs) { this.known.set(name.toString(), theirs); return false; }
  async isTrustedIdentity() { return true; }
  async getIdentity(name) { return this.known.get(name.toString()) ?? null; }
}

class OneTimePrekeys extends signal.PreKeyStore {
  records = new Map();
  async savePreKey(id, record) { this.records.set(id, record); }
  async getPreKey(id) {
    if (!this.records.has(id)) throw new Error(`no one-time prekey ${id}`);
    return this.records.get(id);
  }
  async removePreKey(id) { this.records.delete(id); }
}

class SignedPrekeys extends signal.SignedPreKeyStore {
  records = new Map();
  async saveSignedPreKey(id, record) { this.records.set(id, record); }
  async getSignedPreKey(id) {
    if (!this.records.has(id)) throw new Error(`no signed prekey ${id}`);
    return this.records.get(id);
  }
}

class SenderKeys extends signal.SenderKeyStore {
  records = new Map();
  async saveSenderKey(sender, group, record) { this.records.set(`${sender} ${group}`, record); }
  async getSenderKey(sender, group) { return this.records.get(`${sender} ${group}`) ?? null; }
}

export class Device {
  sessions = new Sessions();
  identities = new Identities();
  oneTime = new OneTimePrekeys();
  signed = new SignedPrekeys();
  groups = new SenderKeys();
}
