import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';
import { sandboxKey } from './sandbox-key.ts';

/** A sandbox with the key that all of tests have. */
export const startTestSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> =>
  startSandbox({ signingKey: await sandboxKey(), ...options });
