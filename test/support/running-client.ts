import type { Effects } from '../../src/base/effects.ts';
import { KnownSecrets } from '../../src/base/known-secrets.ts';
import { clientsOf } from '../../src/config/settings/topology.ts';
import {
  createMemoryStore,
  createTokenBucket,
  type DcrEventListener,
  parseSoftwareStatement,
} from '../../src/oauth/index.ts';
import { RunningClient } from '../../src/service/running/running-client.ts';
import { configOf } from './test-config.ts';

/** A client as the service runs it: the real life of a token, against the DCR server of this origin. */
export const startClient = async (
  origin: string,
  statement: string,
  effects: Effects,
  onEvent: DcrEventListener,
): Promise<RunningClient> => {
  const [config] = clientsOf(await configOf({ DCR_URL: origin }));
  if (config === undefined) throw new Error('there is always a client');
  const tls = { ca: undefined, identity: undefined };
  const input = { config, statement: parseSoftwareStatement(statement, effects.now()), tls };
  return new RunningClient(input, createMemoryStore(), {
    budgets: () => createTokenBucket(effects),
    fleet: undefined,
    secrets: new KnownSecrets(),
    effects,
    onEvent,
    onIdentity: () => {},
  });
};
