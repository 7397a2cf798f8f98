import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import {
  ACQUIRE,
  CLAIM,
  OFFER,
  READ,
  RELEASE,
  RENEW,
  SAVE,
  THROTTLED,
} from '../../../src/oauth/fleet/redis-scripts.ts';
import type { RedisLink } from '../../../src/redis/redis-link.ts';
import { linkTo } from '../../support/fleet-world.ts';
import { RedisModel } from '../../support/redis-model.ts';
import { type RedisServer, startRedis, withoutRedis } from '../../support/redis-server.ts';

const LONG = 600_000;
const id = fc.constantFrom('one', 'other');
/** Indices of fences that were given, newest first; -1 for one that is older than all. */
const which = fc.integer({ min: -1, max: 2 });
const left = fc.constantFrom(0, LONG);
/** What is believed at most; what lasts longer counts as absent. */
const longest = fc.constantFrom(LONG / 2, 2 * LONG);

/** Of the failure that is told here. */
const DIGEST = createHash('sha1').update('failed').digest('hex');

const step = fc.oneof(
  fc.record({ script: fc.constant(READ), args: fc.tuple(longest) }),
  fc.record({
    script: fc.constant(CLAIM),
    args: fc.tuple(longest, id, fc.constant(LONG), fc.constantFrom('', DIGEST)),
  }),
  fc.record({ script: fc.constant(RENEW), args: fc.tuple(id, fc.constant(LONG)) }),
  fc.record({
    script: fc.constant(RELEASE),
    args: fc.tuple(
      id,
      fc.constant('ch'),
      fc.constantFrom('', 'failed'),
      fc.constant(LONG),
      fc.constant(LONG),
    ),
  }),
  fc.record({
    script: fc.constant(OFFER),
    args: fc.tuple(
      longest,
      fc.constantFrom('offer-1', 'offer-2'),
      fc.constant(5),
      left,
      fc.constant('ch'),
      longest,
    ),
  }),
  fc.record({
    script: fc.constant(SAVE),
    fence: which,
    args: fc.tuple(fc.constantFrom('save-1', 'save-2'), fc.constant(5), left, fc.constant('ch')),
  }),
  fc.record({
    script: fc.constant(ACQUIRE),
    args: fc.tuple(fc.constant(LONG), fc.constant(LONG), longest, longest),
  }),
  fc.record({ script: fc.constant(THROTTLED), args: fc.constant([LONG, LONG]) }),
);

/** Times differ by what passes between the two, fences by more: only their order counts. */
const outline = (reply: unknown, fences: string[]): unknown => {
  if (!Array.isArray(reply)) return reply;
  if (reply.length === 2) return [reply[0], Math.round(Number(reply[1]) / 10_000)];
  const [sealed, savedAt, clock, , failure, leaseLeft, fence, failures] = reply;
  if (fence !== '') fences.unshift(String(fence));
  const rough = (span: unknown) => Math.round(Number(span) / 10_000);
  return [sealed, savedAt !== '', clock, failure, rough(leaseLeft), fence !== '', failures];
};

describe('the model of Redis that the simulation uses', { skip: withoutRedis }, () => {
  let redis: RedisServer;
  let link: RedisLink;
  before(async () => {
    redis = await startRedis();
    link = await linkTo(redis.url);
    await link.settled();
  });
  after(async () => {
    await link.close();
    await redis[Symbol.asyncDispose]();
  });

  test('answers as the real one does, whatever is asked in whatever order', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        number += 1;
        const model = new RedisModel(
          () => Date.now(),
          () => {},
        );
        const [real, modelled]: [string[], string[]] = [[], []];
        for (const it of steps) {
          const budget = it.script === ACQUIRE || it.script === THROTTLED;
          const names = budget ? ['budget'] : ['state', 'lease', 'fence', 'failure', 'failures'];
          const keys = names.map((name) => `{m${number}}:${name}`);
          const withFence = (fences: readonly string[]) =>
            'fence' in it ? [fences[it.fence] ?? '1', ...it.args] : it.args;
          const said = outline(await link.run(it.script, keys, withFence(real)), real);
          const modelSaid = outline(model.run(it.script, keys, withFence(modelled)), modelled);
          // Whether a pause is longer than the last may depend on a millisecond; what it does, ACQUIRE tells.
          if (it.script !== THROTTLED) assert.deepEqual(modelSaid, said);
        }
      }),
      { numRuns: 60 },
    );
  });
});
