import { writeSync } from 'node:fs';
import { systemEffects } from '../../src/base/effects.ts';
import { seconds } from '../../src/base/units.ts';
import {
  createDcrClient,
  FileStore,
  LastingTokenSource,
  nodeStateFs,
  parseSoftwareStatement,
} from '../../src/oauth/index.ts';
import { openDcrTransport } from '../../src/upstream/dcr-transport.ts';

/**
 * A process that registers and refreshes without end at the DCR server it is given, keeps what it gets in the folder it is
 * given, and tells each save that was acknowledged, until it is killed: a sidecar whose tokens live for a moment.
 */
const [, , folder = '', dcr = '', statement = ''] = process.argv;
const file = new FileStore({ folder, name: 'default', fs: nodeStateFs, effects: systemEffects });
const timeout = seconds(10);
const source = new LastingTokenSource({
  statement: parseSoftwareStatement(statement, systemEffects.now()),
  store: {
    load: (binding) => file.load(binding),
    save: async (binding, state) => {
      await file.save(binding, state);
      // Synchronously: what waited in this process would die with it, and an acknowledged save would seem untold.
      const token = state.token?.authorization.reveal().replace('Bearer ', '') ?? 'none';
      writeSync(1, `${state.credentials.clientId} ${token}\n`);
    },
  },
  client: createDcrClient({
    url: new URL(dcr),
    transport: openDcrTransport({ url: new URL(dcr), timeoutMs: timeout }).send,
    effects: systemEffects,
    userAgent: 'cmu-proxy/test',
    deviceInfo: { model: 'test', version: '1', osName: 'Linux' },
    registerPath: '/o/client/register',
    tokenPath: '/o/client/token',
    tokenRequestForm: 'body',
    timeoutMs: timeout,
    onEvent: () => {},
  }),
  // The server of this test allows any number of calls.
  budget: { acquire: async () => {}, throttled: () => {} },
  effects: systemEffects,
  onEvent: () => {},
});
for (;;) await source.refresh().catch(() => {});
