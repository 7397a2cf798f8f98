import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { seconds } from '../../../src/base/units.ts';
import { BorrowedTokens } from '../../../src/oauth/lending/borrowed-tokens.ts';
import {
  type Borrower,
  type ToBorrower,
  TokenLender,
  type ToLender,
} from '../../../src/oauth/lending/token-lender.ts';
import { DcrError } from '../../../src/oauth/protocol/dcr-error.ts';
import { bearer, dcrWorld, oauthError } from '../../support/dcr-world.ts';
import { settled } from '../../support/virtual-time.ts';

/** A source, and `count` borrowers whose messages to and fro take a turn of the event loop. */
function lending(count = 1) {
  const world = dcrWorld();
  const messages: string[] = [];
  let lender: TokenLender | undefined;
  const source = world.start({ onEvent: () => void setImmediate().then(() => lender?.look()) });
  let ids = 0;
  const joined: Borrower[] = [];
  lender = new TokenLender('client', source, joined, () => ++ids);
  const there = lender;
  const carry = (what: string, deliver: () => void) => {
    messages.push(what);
    void setImmediate().then(deliver);
  };
  const borrowers = Array.from({ length: count }, () => {
    const borrower: Borrower = {
      send: (message) => {
        const what = message.kind === 'lent' ? `lent ${message.id}` : 'failed';
        carry(what, () => tokens.take(structuredClone(message)));
      },
    };
    const tokens = new BorrowedTokens((refused) => {
      const message: ToLender = { kind: 'ask', client: 'client', refused };
      carry(refused ? `refused ${refused.id}` : 'ask', () => there.asked(message, borrower));
    }, world.time);
    return { tokens, borrower };
  });
  joined.push(...borrowers.map(({ borrower }) => borrower));
  const [first] = borrowers;
  assert.ok(first !== undefined);
  return { ...world, source, lender: there, tokens: first.tokens, borrowers, messages };
}

test('a token is lent to everybody when it comes, and none of them has to ask', async () => {
  const { borrowers, source, dcr } = lending(3);
  await source.token();
  await settled();
  for (const { tokens } of borrowers) assert.equal(bearer(tokens.current()), 'Bearer token-1');
  assert.equal(dcr.tokenRequests.length, 1);
});

test('who has none waits for the one flight', async () => {
  const { borrowers, dcr } = lending(3);
  const got = await Promise.all(borrowers.flatMap(({ tokens }) => [tokens.token(), tokens.token()]));
  for (const token of got) assert.equal(bearer(token), 'Bearer token-1');
  assert.equal(dcr.tokenRequests.length, 1);
});

const REFUSED = { proven: true, newClient: false };

test('a token that one of them saw refused is replaced for all', async () => {
  const { borrowers, tokens, source, dcr, messages } = lending(2);
  const token = await tokens.token();
  const successors = [tokens.successor(token, REFUSED), tokens.successor(token, REFUSED)];
  assert.equal(tokens.current(), token, 'until then it stays');
  assert.deepEqual((await Promise.all(successors)).map(bearer), ['Bearer token-2', 'Bearer token-2']);
  await settled();
  for (const other of borrowers) assert.equal(bearer(other.tokens.current()), 'Bearer token-2');
  assert.equal(source.status().counts.invalidations, 1);
  assert.equal(dcr.tokenRequests.length, 2);
  assert.deepEqual(
    messages.filter((message) => message.startsWith('refused')),
    ['refused 1'],
  );
});

test('a token that was on its way when its successor came is not taken again', async () => {
  const { tokens } = lending();
  const token = await tokens.token();
  const lent = { ...token, authorization: token.authorization.reveal() };
  const again: ToBorrower = { kind: 'lent', client: 'client', id: 1, token: lent };
  const next = await tokens.successor(token, REFUSED);
  tokens.take(again);
  assert.equal(tokens.current(), next);
});

test('a refusal of a token that was replaced meanwhile costs nothing', async () => {
  const { tokens, source, borrowers, lender, dcr } = lending();
  await tokens.token();
  await source.refresh();
  const [first] = borrowers;
  assert.ok(first !== undefined);
  lender.asked({ kind: 'ask', client: 'client', refused: { id: 1, ...REFUSED } }, first.borrower);
  await settled();
  assert.equal(source.status().counts.invalidations, 0);
  assert.equal(dcr.tokenRequests.length, 2);
  assert.equal(bearer(tokens.current()), 'Bearer token-2');
});

test('why no successor can be had is told to whoever saw the refusal', async () => {
  const { tokens, dcr } = lending();
  const token = await tokens.token();
  dcr.always('token', oauthError('server_error', 500));
  await assert.rejects(tokens.successor(token, REFUSED), { code: 'server_error' });
  assert.equal(tokens.current(), token);
});

test('why there is none is told as the source tells it', async () => {
  const { tokens, dcr } = lending();
  dcr.always('register', oauthError('unapproved_software_statement'));
  await assert.rejects(tokens.token(), (error) => {
    assert.ok(error instanceof DcrError);
    assert.equal(error.code, 'unapproved_software_statement');
    assert.equal(error.status, 400);
    assert.match(error.advice, /TVE Dashboard/);
    assert.ok((error.retryAfter ?? 0) > 0);
    return true;
  });
});

test('a lent token is used as long as its source would use it', async () => {
  const { tokens, source, time, dcr } = lending();
  dcr.expiresIn = 100;
  await tokens.token();
  dcr.always('token', oauthError('server_error', 500));
  await time.pass(seconds(94));
  assert.ok(tokens.current() !== undefined && source.current() !== undefined);
  await time.pass(seconds(2));
  assert.equal(tokens.current(), undefined);
  assert.equal(source.current(), undefined);
});

test('who stops waiting is let go, and so is everybody when it is closed', async () => {
  const { tokens, dcr } = lending();
  dcr.always('register', () => new Promise(() => {}));
  const leaving = new AbortController();
  const left = tokens.token({ signal: leaving.signal });
  const waiting = tokens.token();
  leaving.abort();
  await assert.rejects(left, { code: 'aborted' });
  tokens.close();
  await assert.rejects(waiting, { code: 'closed' });
  await assert.rejects(tokens.token(), { code: 'closed' });
});
