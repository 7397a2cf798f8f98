import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { milliseconds } from '../../../src/base/units.ts';
import { ProvenTokens, type TokenSource } from '../../../src/oauth/index.ts';
import { type SeededBug, simulate } from '../../support/dcr-simulation.ts';
import { scenarios } from '../../support/scenarios.ts';
import type { SimulatedDisk } from '../../support/simulated-disk.ts';

// Adobe's refusals and opaque tokens are errors by the thousand here: their stacks take a fifth of the time.
Error.stackTraceLimit = 1;

const SCENARIOS = Number(process.env['SCENARIOS'] ?? 100);

test('Whatever happens in five minutes, every promise is kept', async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, async (scenario) => {
      assert.deepEqual((await simulate(scenario)).violations, []);
    }),
    // The same for everybody, and bounded: shrinking may take minutes. `npm run simulate` runs as many others as asked,
    // `npm run verify` thousands.
    { seed: 13, numRuns: SCENARIOS, interruptAfterTimeLimit: 100 * SCENARIOS, endOnFailure: SCENARIOS > 100 },
  );
});

describe('The simulation finds a bug that was put in on purpose:', () => {
  const finds = (what: string, bug: SeededBug) =>
    test(what, async () => {
      const result = await fc.check(
        fc.asyncProperty(
          scenarios,
          async (scenario) => (await simulate(scenario, bug)).violations.length === 0,
        ),
        // A seed whose histories show all of them soon.
        { numRuns: 1_000, seed: 19, endOnFailure: true },
      );
      assert.equal(result.failed, true);
    });

  const boundSource = (source: TokenSource): TokenSource => ({
    current: () => source.current(),
    token: (options) => source.token(options),
    successor: (token, options) => source.successor(token, options),
    status: () => source.status(),
    replaceStatement: (statement) => source.replaceStatement(statement),
    refresh: () => source.refresh(),
    registerAnew: () => source.registerAnew(),
    close: () => source.close(),
  });
  const bound = (disk: SimulatedDisk) => ({
    makeFolder: (path: string) => disk.makeFolder(path),
    create: (path: string) => disk.create(path),
    read: (path: string, max: number) => disk.read(path, max),
    rename: (from: string, to: string) => disk.rename(from, to),
    remove: (path: string) => disk.remove(path),
    syncFolder: (path: string) => disk.syncFolder(path),
    list: (path: string) => disk.list(path),
    modifiedAt: (path: string) => disk.modifiedAt(path),
  });

  finds('a rename without fsync of the folder', {
    fs: (disk) => ({ ...bound(disk), syncFolder: async () => {} }),
  });
  finds('a rename without fsync of the file', {
    fs: (disk) => ({
      ...bound(disk),
      create: async (path) => ({ ...(await disk.create(path)), sync: async () => {} }),
    }),
  });
  finds('no back-off and no budget', {
    noBackoff: true,
    budget: () => ({ acquire: async () => {}, throttled: () => {} }),
  });
  finds('a disk whose writes are only pretended', {
    fs: (disk) => ({ ...bound(disk), rename: async () => {} }),
  });
  finds('the wall clock taken for a stopwatch', { jumpingClock: true });
  finds('a new token that replaces the proven one at once', {
    tokens: (source, effects) => {
      let newest = source.current();
      let tokens = new ProvenTokens(source, effects);
      const ofNewest = () => {
        if (source.current() !== newest) tokens = new ProvenTokens(source, effects);
        newest = source.current();
        return tokens;
      };
      return {
        current: () => source.current(),
        next: (place) => ofNewest().next(place),
        token: (options) => ofNewest().token(options),
        accepted: (...taken) => ofNewest().accepted(...taken),
        refused: (...request) => ofNewest().refused(...request),
      };
    },
  });
  finds('a refusal that is the fault of the token, whoever says so', {
    tokens: (source) => ({
      current: () => source.current(),
      next: () => source.current(),
      token: (options) => source.token(options),
      accepted: () => {},
      refused: async ({ token, earlier }, { signal }) =>
        earlier.length > 1 ? undefined : source.successor(token, { proven: true, newClient: false, signal }),
    }),
  });
  finds('a token that comes in the very moment in which its caller leaves', {
    tokens: (source, effects) => ({
      current: () => source.current(),
      next: () => undefined,
      token: async (options) => {
        await new Promise<void>((resolve) => effects.setTimer(milliseconds(7_990), resolve));
        return source.token(options);
      },
      accepted: () => {},
      refused: async () => undefined,
    }),
  });
  finds('a refused client that is never registered anew', {
    source: (source) => ({
      ...boundSource(source),
      successor: (token, options) => source.successor(token, { ...options, newClient: false }),
    }),
  });
});
