import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Questions } from '../../../src/service/workers/questions.ts';

test('Answers are added up once all have answered, each counted once', async () => {
  const questions = new Questions<string>();
  const { ask, answered } = questions.open(['a', 'b']);
  const other = questions.open(['a']);
  questions.answer(ask, 'a', 2);
  questions.answer(ask, 'a', 2);
  questions.answer(ask, 'stranger', 100);
  questions.answer(ask, 'b', 3);
  questions.answer(ask, 'b', 3);
  assert.equal(await answered, 5);
  questions.answer(other.ask, 'a', 1);
  assert.equal(await other.answered, 1);
});

test('Who leaves owes no answer; whom nobody is asked, nothing', async () => {
  const questions = new Questions<string>();
  const { ask, answered } = questions.open(['a', 'b']);
  questions.answer(ask, 'a', 2);
  questions.leave('b');
  assert.equal(await answered, 2);
  assert.equal(await questions.open([]).answered, 0);
});
