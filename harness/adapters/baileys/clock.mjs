// The clock that the library sees: the machine's, and what `advance_clock` adds. To be imported
// before the library. Sockets, and whatever else Node.js times by itself, are not touched.
import FakeTimers from '@sinonjs/fake-timers';

const clock = FakeTimers.install({
  now: Date.now(),
  toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  shouldAdvanceTime: true,
  advanceTimeDelta: 5,
  shouldClearNativeTimers: true,
});

// Fires what is due on the way, each in its turn.
export const advanceClock = (milliseconds) => clock.tickAsync(milliseconds);
