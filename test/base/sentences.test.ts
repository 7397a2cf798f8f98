import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentences } from '../../src/base/sentences.ts';

test('sentences never run together, whatever each ends with', () => {
  const cases: readonly (readonly [texts: readonly (string | undefined)[], message: string])[] = [
    [['It fails', 'Do this.'], 'It fails. Do this.'],
    [['It fails.', 'Do this'], 'It fails. Do this.'],
    [['Which one?', 'This one!'], 'Which one? This one!'],
    [['It says "no."', 'Ask again.'], 'It says "no." Ask again.'],
    [['It fails (429)', 'Wait.'], 'It fails (429). Wait.'],
    [['It fails (see the log.)', 'Wait.'], 'It fails (see the log.) Wait.'],
    [['It fails \n', undefined, '', 'Wait.'], 'It fails. Wait.'],
    [['Much too long…', 'Wait.'], 'Much too long… Wait.'],
    [[], ''],
  ];
  for (const [texts, message] of cases) assert.equal(sentences(...texts), message);
});
