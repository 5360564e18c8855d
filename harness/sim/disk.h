#pragma once

#include <vector>

#include "reference/store/memory_store.h"
#include "reference/store/record.h"

// What a simulated server keeps its records on: a disk that is sure of what was written only once
// it was told to be.
namespace doublecheck::harness::sim {

class Disk {
 public:
  virtual ~Disk() = default;

  // What a server finds that starts now.
  virtual std::vector<store::Record> load() = 0;

  virtual void write(store::Transaction transaction) = 0;

  // Whatever was written survives a power cut from now on.
  virtual void sync() = 0;

  // What was not synchronised may be lost; of what survives, nothing before it is.
  virtual void cut_power() = 0;
};

// A disk in memory, whose power cuts lose all that they may.
class MemoryDisk : public Disk {
 public:
  std::vector<store::Record> load() override { return written_.load(); }
  void write(store::Transaction transaction) override { written_.commit(transaction); }
  void sync() override { durable_ = written_; }
  void cut_power() override { written_ = durable_; }

 private:
  store::MemoryStore written_;
  store::MemoryStore durable_;
};

}  // namespace doublecheck::harness::sim
