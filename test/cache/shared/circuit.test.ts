import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs } from '../../../src/base/units.ts';
import { Circuit } from '../../../src/cache/shared/circuit.ts';

const at = (second: number) => epochMs(1_700_000_000_000 + second * 1000);

const opened = () => {
  const circuit = new Circuit();
  for (let i = 0; i < 3; i++) circuit.failed(at(0));
  return circuit;
};

test('two failures in a row change nothing', () => {
  const circuit = new Circuit();
  circuit.failed(at(0));
  circuit.failed(at(0));
  assert.equal(circuit.allows(at(0)), true);
});

test('failures that are not in a row change nothing', () => {
  const circuit = new Circuit();
  for (let i = 0; i < 9; i++) {
    circuit.failed(at(0));
    circuit.succeeded();
  }
  assert.equal(circuit.allows(at(0)), true);
});

test('three open it for the pause, and then one try is let through', () => {
  const circuit = opened();
  assert.deepEqual(
    [0, 0.999, 1, 1, 1.5].map((second) => circuit.allows(at(second))),
    [false, false, true, false, false],
  );
});

test('a try that fails doubles the pause, up to the longest', () => {
  const circuit = opened();
  const pauses: number[] = [];
  let second = 0;
  for (let i = 0; i < 7; i++) {
    const from = second;
    while (!circuit.allows(at(second))) second += 0.5;
    pauses.push(second - from);
    circuit.failed(at(second));
  }
  assert.deepEqual(pauses, [1, 2, 4, 8, 16, 30, 30]);
});

test('a try that succeeds closes it', () => {
  const circuit = opened();
  assert.equal(circuit.allows(at(1)), true);
  circuit.succeeded();
  assert.equal(circuit.allows(at(1)), true);
  assert.equal(circuit.allows(at(1)), true);
});

test('a try of which nothing is heard is followed by another after the pause', () => {
  const circuit = opened();
  assert.equal(circuit.allows(at(1)), true);
  assert.equal(circuit.allows(at(1.9)), false);
  assert.equal(circuit.allows(at(2)), true);
});

test('what was asked before the last failure was known is one failure with it', () => {
  const circuit = new Circuit();
  for (let i = 0; i < 50; i++) circuit.failed(at(i === 0 ? 1 : 1.01), at(0));
  assert.equal(circuit.allows(at(1.02)), true);
  circuit.failed(at(2), at(1.5));
  circuit.failed(at(3), at(2.5));
  assert.equal(circuit.allows(at(3.01)), false);
});
