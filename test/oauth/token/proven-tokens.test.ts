import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Secret } from '../../../src/base/secret.ts';
import { after, seconds } from '../../../src/base/units.ts';
import type { ApiRefusal } from '../../../src/oauth/protocol/api-refusal.ts';
import type { AccessToken } from '../../../src/oauth/protocol/credentials.ts';
import { DcrError } from '../../../src/oauth/protocol/dcr-error.ts';
import type { Place } from '../../../src/oauth/token/own-refusals.ts';
import { ProvenTokens } from '../../../src/oauth/token/proven-tokens.ts';
import type { SuccessorOptions, TokenSupply } from '../../../src/oauth/token/token-holder.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const CMU: Place = { route: 'cmu', path: '/cmu/v2/year' };
const OTHER: Place = { route: 'cmu', path: '/cmu/v2/year/month' };
const ESM: Place = { route: 'esm', path: '/esm/v3/media-company' };

const SAID = {
  nothing: { meaning: 'token', status: 401 },
  client: { meaning: 'client', status: 401 },
  scope: { meaning: 'scope', status: 401, scope: 'analytics:client' },
} as const satisfies Record<string, ApiRefusal>;

/** A supply that brings `token-1`, `token-2`, … when told to, or when asked for a successor. */
class Supply implements TokenSupply {
  readonly asked: Omit<SuccessorOptions, 'signal'>[] = [];
  failure: DcrError | undefined;
  #newest: AccessToken;
  readonly #time: VirtualTime;
  #count = 0;

  constructor(time: VirtualTime) {
    this.#time = time;
    this.#newest = this.bring();
  }

  bring(): AccessToken {
    this.#count += 1;
    this.#newest = {
      authorization: new Secret(`Bearer token-${this.#count}`),
      receivedAt: this.#time.now(),
      expiresAt: after(this.#time.now(), seconds(3600)),
    };
    return this.#newest;
  }

  current(): AccessToken | undefined {
    return this.#time.now() < this.#newest.expiresAt ? this.#newest : undefined;
  }

  async token(): Promise<AccessToken> {
    return this.current() ?? this.bring();
  }

  async successor(token: AccessToken, { signal: _, ...options }: SuccessorOptions): Promise<AccessToken> {
    if (token !== this.#newest) return this.#newest;
    this.asked.push(options);
    if (this.failure !== undefined) throw this.failure;
    return this.bring();
  }
}

/** What the API says to a request with this token, at this place, now. */
type Api = (token: string, place: Place) => 'takes' | ApiRefusal;

const world = (api: Api) => {
  const time = new VirtualTime();
  const supply = new Supply(time);
  const told: string[] = [];
  const tokens = new ProvenTokens(supply, time, (event) => {
    if (event.event === 'api-refused') told.push(`${event.route} ${event.meaning}: ${event.act}`);
  });
  const { signal } = new AbortController();
  let upstream = 0;
  /** A caller, as the proxy serves it. @returns the token that was taken, or the status that he got */
  const call = async (place: Place): Promise<string | number> => {
    const earlier: AccessToken[] = [];
    let token = tokens.next(place) ?? (await tokens.token({ signal }));
    for (;;) {
      const sentAt = time.now();
      upstream += 1;
      const name = token.authorization.reveal().slice('Bearer '.length);
      await new Promise<void>((resolve) => time.setTimer(seconds(0.05), resolve));
      const said = api(name, place);
      if (said === 'takes') {
        tokens.accepted(token, place, sentAt);
        return name;
      }
      const next = await tokens.refused({ place, token, sentAt, refusal: said, earlier }, { signal });
      earlier.push(token);
      if (next === undefined) return said.status;
      token = next;
    }
  };
  /** Calls these places at once and lets enough time pass for all of them. */
  const calls = async (...places: Place[]) => {
    const answers = Promise.all(places.map(call));
    answers.catch(() => {});
    await time.pass(8_000);
    return answers;
  };
  return { time, supply, tokens, told, call, calls, upstream: () => upstream };
};

describe('A successor', () => {
  test('is tried by one request at a time, and serves everybody once it was taken', async () => {
    const known = new Set(['token-1']);
    const { calls, supply, tokens, upstream, time } = world((token) =>
      known.has(token) ? 'takes' : SAID.nothing,
    );
    await calls(CMU);
    supply.bring();
    assert.deepEqual(await calls(CMU, CMU, OTHER, CMU), Array(4).fill('token-1'));
    assert.equal(upstream(), 1 + 4 + 1, 'one of them was sent twice');
    known.add('token-2');
    await time.pass(10_000);
    assert.deepEqual(await calls(CMU), ['token-2']);
    assert.deepEqual(await calls(CMU, OTHER), ['token-2', 'token-2']);
    assert.equal(tokens.next(CMU), supply.current());
  });

  test('that the API learns of late costs no call, and no other token is fetched', async () => {
    let lagging = true;
    const { call, calls, supply, time, told } = world((token) =>
      token === 'token-2' && lagging ? SAID.nothing : 'takes',
    );
    await calls(CMU);
    supply.bring();
    const answers: Promise<string | number>[] = [];
    for (let at = 0; at < 5_000; at += 50) {
      if (at === 3_000) lagging = false;
      answers.push(call(CMU));
      await time.pass(50);
    }
    await time.pass(5_000);
    const got = await Promise.all(answers);
    assert.deepEqual([...new Set(got)], ['token-1', 'token-2']);
    assert.equal(got.at(-1), 'token-2');
    assert.deepEqual([supply.asked, told], [[], []]);
  });

  test('that comes while the first answer is on its way leaves the older token proven', async () => {
    const { call, calls, supply, time } = world((token) => (token === 'token-2' ? SAID.nothing : 'takes'));
    const first = call(CMU);
    supply.bring();
    await time.pass(1_000);
    assert.equal(await first, 'token-1');
    assert.deepEqual(await calls(CMU, OTHER), ['token-1', 'token-1']);
    assert.equal(supply.asked.length, 0);
  });

  test('is used when the proven token has ended', async () => {
    const { calls, supply, time } = world(() => 'takes');
    await calls(CMU);
    await time.pass(3_591_000 - 8_000);
    supply.bring();
    await time.pass(10_000);
    assert.deepEqual(await calls(CMU), ['token-2']);
  });
});

describe('The first token', () => {
  test('is sent again after a moment while the API does not know it', async () => {
    let asked = 0;
    const { calls, supply } = world(() => (++asked < 4 ? SAID.nothing : 'takes'));
    assert.deepEqual(await calls(CMU), ['token-1']);
    assert.equal(supply.asked.length, 0);
  });

  test('is replaced when it is old and was never taken: it is of an earlier run', async () => {
    const { calls, supply, time } = world((token) => (token === 'token-1' ? SAID.nothing : 'takes'));
    await time.pass(60_000);
    assert.deepEqual(await calls(CMU), ['token-2']);
    assert.deepEqual(supply.asked, [{ proven: false, newClient: false }]);
  });
});

describe('A proven token that was revoked', () => {
  test('is replaced, and no caller notices', async () => {
    let revoked = false;
    const { calls, supply, time } = world((token) =>
      revoked && token === 'token-1' ? SAID.nothing : 'takes',
    );
    await calls(CMU);
    await time.pass(60_000);
    revoked = true;
    assert.deepEqual(await calls(CMU, OTHER, ESM, CMU), Array(4).fill('token-2'));
    assert.deepEqual(supply.asked, [{ proven: true, newClient: false }]);
  });

  test('is replaced for a lone caller as well', async () => {
    let revoked = false;
    const { calls, time } = world((token) => (revoked && token === 'token-1' ? SAID.nothing : 'takes'));
    await calls(CMU);
    await time.pass(60_000);
    revoked = true;
    assert.deepEqual(await calls(CMU), ['token-2']);
  });

  test('serves on where it is good, while no other can be had', async () => {
    const { calls, supply, time } = world((_, { route }) => (route === 'esm' ? SAID.nothing : 'takes'));
    await calls(CMU);
    await time.pass(60_000);
    supply.failure = new DcrError('unreachable', 'away');
    await assert.rejects(calls(ESM), { code: 'unreachable' });
    assert.deepEqual(await calls(CMU), ['token-1']);
  });
});

describe('A route that refuses every token', () => {
  const esmRefuses: Api = (_, { route }) => (route === 'esm' ? SAID.nothing : 'takes');

  test('gets its refusal passed on, costs no token and changes nothing for others', async () => {
    const { call, supply, time, told } = world(esmRefuses);
    const cmu: Promise<string | number>[] = [];
    const esm: Promise<string | number>[] = [];
    for (let at = 0; at < 60_000; at += 50) {
      cmu.push(call(CMU));
      if (at > 5_000 && at % 1_000 === 0) esm.push(call({ ...ESM, path: `${ESM.path}/${at}` }));
      await time.pass(50);
    }
    await time.pass(8_000);
    assert.deepEqual(new Set(await Promise.all(cmu)), new Set(['token-1']));
    assert.deepEqual(new Set(await Promise.all(esm)), new Set([401]));
    assert.deepEqual([supply.asked, told], [[], ['esm token: pass-on']]);
  });

  test('is told so even where nobody else calls: a second token, and then none for a while', async () => {
    const { calls, supply, time } = world(esmRefuses);
    await calls(CMU);
    await time.pass(60_000);
    for (let second = 0; second < 5; second += 1) assert.deepEqual(await calls(ESM), [401]);
    assert.equal(supply.asked.length, 1);
    assert.deepEqual(await calls(CMU), ['token-2']);
  });

  test('for want of a scope says which, at once', async () => {
    const { call, time, supply, told, upstream } = world((_, { route }) =>
      route === 'esm' ? SAID.scope : 'takes',
    );
    const answer = call(ESM);
    await time.pass(100);
    assert.equal(await answer, 401);
    assert.deepEqual([supply.asked, told, upstream()], [[], ['esm scope: pass-on'], 1]);
  });

  test('serves as soon as it takes a token', async () => {
    let refuses = true;
    const { calls, time } = world((_, { route }) => (route === 'esm' && refuses ? SAID.nothing : 'takes'));
    await calls(CMU);
    await time.pass(60_000);
    await calls(ESM, CMU);
    refuses = false;
    assert.deepEqual(await calls(ESM), ['token-1']);
  });
});

test('One path that refuses every token does not take the rest of its route with it', async () => {
  const { call, time, supply } = world((_, { path }) => (path === OTHER.path ? SAID.nothing : 'takes'));
  const good: Promise<string | number>[] = [];
  const bad: Promise<string | number>[] = [];
  for (let at = 0; at < 60_000; at += 100) {
    good.push(call(CMU));
    if (at > 5_000) bad.push(call(OTHER));
    await time.pass(100);
  }
  await time.pass(8_000);
  assert.deepEqual(new Set(await Promise.all(good)), new Set(['token-1']));
  assert.deepEqual(new Set(await Promise.all(bad)), new Set([401]));
  assert.equal(supply.asked.length, 0);
});

describe('A client that the API refuses', () => {
  test('is registered anew', async () => {
    let refused = false;
    const { calls, supply, time } = world((token) =>
      refused && token === 'token-1' ? SAID.client : 'takes',
    );
    await calls(CMU);
    await time.pass(60_000);
    refused = true;
    assert.deepEqual(await calls(CMU, OTHER), ['token-2', 'token-2']);
    assert.deepEqual(supply.asked, [{ proven: true, newClient: true }]);
  });

  test('a short while after it was registered anew is what Adobe says, and passed on', async () => {
    const { calls, supply, time } = world(() => SAID.client);
    supply.failure = new DcrError('token_rejected', 'later');
    await time.pass(60_000);
    assert.deepEqual(await calls(CMU, OTHER), [401, 401]);
  });
});

test('A caller who leaves while his refusal is judged is waited for no longer', async () => {
  const { tokens, supply, time } = world(() => SAID.nothing);
  const leaving = new AbortController();
  const token = supply.bring();
  const judged = tokens.refused(
    { place: CMU, token, sentAt: time.now(), refusal: SAID.nothing, earlier: [] },
    { signal: leaving.signal },
  );
  leaving.abort();
  await assert.rejects(judged, { code: 'aborted' });
});
