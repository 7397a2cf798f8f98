import { writeSync } from 'node:fs';
import { systemEffects } from '../../src/base/effects.ts';
import { FileStore, nodeStateFs } from '../../src/oauth/index.ts';
import { bindingOf, stateOf } from './credential-store-contract.ts';

/** A process that saves one state after another into the folder it is given, and tells each that was acknowledged, until it is killed. */
const [, , folder = '', first = '1'] = process.argv;
const store = new FileStore({ folder, name: 'default', fs: nodeStateFs, effects: systemEffects });
for (let count = Number(first); ; count += 1) {
  await store.save(bindingOf('a'), stateOf(String(count)));
  // Synchronously: what waited in this process would die with it, and an acknowledged save would seem untold.
  writeSync(1, `${count}\n`);
}
