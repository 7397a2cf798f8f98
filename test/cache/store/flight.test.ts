import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allowance } from '../../../src/cache/store/allowance.ts';
import { Flight, type FlightSink } from '../../../src/cache/store/flight.ts';

/** What became of a source: the calls in order. */
const flight = (allowance = new Allowance(1_000_000), goesOn = false) => {
  const calls: string[] = [];
  const source = {
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
    abandoned: () => goesOn,
    cancel: () => void calls.push('cancel'),
  };
  /** What waits for slow callers, at most one. */
  const waiting = new Set<() => void>();
  const it = new Flight<string>(source, allowance, (over) => {
    waiting.add(over);
    return () => waiting.delete(over);
  });
  const losePatience = (): void => {
    const [over] = waiting;
    assert.ok(over !== undefined && waiting.size === 1);
    waiting.delete(over);
    over();
  };
  return { flight: it, calls, losePatience };
};

/** A caller, who may take each chunk slowly. */
class Caller implements FlightSink<string> {
  seen = '';
  slow = false;

  head(head: string): void {
    this.seen += `[${head}]`;
  }

  data(chunk: Buffer): boolean {
    this.seen += chunk.toString();
    return !this.slow;
  }

  end(): void {
    this.seen += '.';
  }

  fail(error: Error): void {
    this.seen += `!${error.message}`;
  }
}

const LEFT_BEHIND = 'The caller read too slowly while others waited.';

const bytes = (text: string): Buffer => Buffer.from(text);

test('all who join get head, body and end, in order', () => {
  const { flight: it } = flight();
  const [one, two] = [new Caller(), new Caller()];
  assert.ok(it.join(one) && it.join(two));
  it.start('200', 100);
  it.push(bytes('a'));
  it.push(bytes('b'));
  assert.equal(it.keptBody?.joined().toString(), 'ab');
  it.end();
  assert.deepEqual([one.seen, two.seen], ['[200]ab.', '[200]ab.']);
  assert.equal(it.keptBody, undefined);
});

test('who comes late gets what there was at once, as long as all of it is kept', () => {
  const { flight: it } = flight();
  it.join(new Caller());
  it.start('200', 2);
  it.push(bytes('ab'));
  const late = new Caller();
  assert.equal(it.join(late), true);
  assert.equal(late.seen, '[200]ab');
  it.push(bytes('c'));
  assert.equal(it.keptBody, undefined);
  assert.equal(it.join(new Caller()), false);
  it.end();
  assert.equal(late.seen, '[200]abc.');
});

test('nobody joins a flight that keeps nothing, or is over', () => {
  const { flight: passing } = flight();
  passing.join(new Caller());
  passing.start('200', 0);
  assert.equal(passing.join(new Caller()), false);
  const { flight: over } = flight();
  over.join(new Caller());
  over.start('200', 10);
  over.end();
  assert.equal(over.join(new Caller()), false);
});

test('who leaves gets nothing more; when the last has left, the source is cancelled', () => {
  const { flight: it, calls } = flight();
  const [one, two] = [new Caller(), new Caller()];
  it.join(one);
  it.join(two);
  it.start('200', 100);
  it.leave(one);
  it.push(bytes('a'));
  assert.deepEqual([one.seen, two.seen, calls], ['[200]', '[200]a', []]);
  it.leave(two);
  it.leave(two);
  assert.deepEqual(calls, ['cancel']);
  it.push(bytes('b'));
  it.end();
  it.fail(new Error('late'));
  assert.equal(two.seen, '[200]a');
});

test('a slow caller holds nobody up while the body is kept, and sets the pace once it is not', () => {
  const { flight: it, calls } = flight();
  const [slow, quick] = [new Caller(), new Caller()];
  slow.slow = true;
  it.join(slow);
  it.join(quick);
  it.start('200', 2);
  it.push(bytes('a'));
  it.push(bytes('b'));
  assert.deepEqual(calls, []);
  it.push(bytes('c'));
  assert.deepEqual(calls, ['pause']);
  it.push(bytes('d'));
  assert.deepEqual(calls, ['pause']);
  it.ready(quick);
  assert.deepEqual(calls, ['pause']);
  it.ready(slow);
  assert.deepEqual(calls, ['pause', 'resume']);
  it.ready(slow);
  assert.deepEqual(calls, ['pause', 'resume']);
});

test('who reads slowly is given what is kept as it asks, in large pieces', () => {
  const { flight: it } = flight();
  const pieces: number[] = [];
  const slow: FlightSink<string> = {
    head: () => {},
    data: (piece) => pieces.push(piece.length) < 0,
    end: () => pieces.push(-1),
    fail: () => {},
  };
  it.join(slow);
  it.start('200', 100_000);
  for (let i = 0; i < 10_000; i++) it.push(bytes('x'));
  assert.deepEqual(pieces, [1]);
  it.ready(slow);
  assert.deepEqual(pieces, [1, 9_999]);
  for (let i = 0; i < 10_000; i++) it.push(bytes('y'));
  it.end();
  assert.deepEqual(pieces, [1, 9_999, 6_384, 3_616, -1]);
});

test('a caller who holds up another at what is not kept is cut loose when patience is over; one alone is not', () => {
  const { flight: it, calls, losePatience } = flight();
  const [slow, quick] = [new Caller(), new Caller()];
  slow.slow = true;
  it.join(slow);
  it.join(quick);
  it.start('200', 0);
  it.push(bytes('a'));
  losePatience();
  assert.deepEqual(calls, ['pause', 'resume']);
  it.push(bytes('b'));
  assert.deepEqual([slow.seen, quick.seen.startsWith('[200]ab')], [`[200]a!${LEFT_BEHIND}`, true]);
  quick.slow = true;
  it.push(bytes('c'));
  losePatience();
  losePatience();
  assert.deepEqual(calls, ['pause', 'resume', 'pause']);
  it.ready(quick);
  it.end();
  assert.equal(quick.seen, '[200]abc.');
});

test('what goes on without callers is there for the next one, and ends when it cannot be kept', () => {
  const { flight: it, calls } = flight(new Allowance(1_000_000), true);
  const [first, next] = [new Caller(), new Caller()];
  it.join(first);
  it.start('200', 3);
  it.push(bytes('a'));
  it.leave(first);
  it.push(bytes('b'));
  assert.ok(it.join(next));
  it.push(bytes('c'));
  assert.deepEqual([first.seen, next.seen, calls], ['[200]a', '[200]abc', []]);
  it.leave(next);
  it.push(bytes('d'));
  assert.deepEqual(calls, ['cancel']);
});

test('a slow caller who leaves holds nobody up any more', () => {
  const { flight: it, calls } = flight();
  const slow = new Caller();
  slow.slow = true;
  it.join(slow);
  it.join(new Caller());
  it.start('200', 0);
  it.push(bytes('a'));
  it.leave(slow);
  assert.deepEqual(calls, ['pause', 'resume']);
});

test('a failure reaches all, and what was kept is let go', () => {
  const { flight: it } = flight();
  const caller = new Caller();
  it.join(caller);
  it.start('200', 100);
  it.push(bytes('a'));
  it.fail(new Error('torn'));
  it.fail(new Error('again'));
  it.end();
  assert.equal(caller.seen, '[200]a!torn');
  assert.equal(it.keptBody, undefined);
});

test('a failure before the head is all that there is', () => {
  const { flight: it } = flight();
  const caller = new Caller();
  it.join(caller);
  it.fail(new Error('refused'));
  assert.equal(caller.seen, '!refused');
});

test('what all flights retain together is bounded: beyond it the slowest sets the pace, and nobody joins', () => {
  const allowance = new Allowance(3);
  const [first, second] = [flight(allowance), flight(allowance)];
  const slow = new Caller();
  slow.slow = true;
  first.flight.join(new Caller());
  second.flight.join(slow);
  for (const one of [first, second]) one.flight.start('200', 100);
  first.flight.push(bytes('aa'));
  second.flight.push(bytes('bb'));
  assert.equal(second.flight.keptBody, undefined);
  assert.equal(second.flight.join(new Caller()), false);
  assert.deepEqual(second.calls, ['pause']);
  first.flight.push(bytes('a'));
  assert.equal(first.flight.keptBody?.length, 3);
  first.flight.end();
  assert.equal(allowance.taken, 0);
});

test('what was retained counts until it is let go, and while a slow caller may still have it', () => {
  for (const end of ['end', 'fail', 'leave', 'too large'] as const) {
    const allowance = new Allowance(100);
    const { flight: it } = flight(allowance);
    const slow = new Caller();
    slow.slow = true;
    it.join(slow);
    it.start('200', 3);
    it.push(bytes('abc'));
    if (end === 'end') it.end();
    if (end === 'fail') it.fail(new Error('torn'));
    if (end === 'too large') it.push(bytes('d'));
    assert.equal(allowance.taken, 3, end);
    it.leave(slow);
    it.leave(slow);
    it.ready(slow);
    assert.equal(allowance.taken, 0, end);
  }
});
