import { OptionError } from './command-options.ts';
import { parseFaults } from './fault-spec.ts';

/** A call of a running sandbox's fault API. */
export interface RemoteCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/_sandbox`. */
  readonly path: string;
  readonly body?: unknown;
}

/** What can be asked of a running sandbox from the command line; those with a placeholder take one argument. */
export const REMOTE_COMMANDS = {
  status: '',
  'revoke-tokens': '',
  'forget-clients': '',
  fault: 'FAULTS',
  'clear-faults': '',
  'shift-clock': 'SECONDS',
} as const;
export type RemoteCommand = keyof typeof REMOTE_COMMANDS;

export const isRemoteCommand = (name: string): name is RemoteCommand => Object.hasOwn(REMOTE_COMMANDS, name);

function seconds(text: string): number {
  if (!/^-?\d{1,10}$/.test(text)) throw new OptionError(`shift-clock: "${text}" is not a number of seconds`);
  return Number(text);
}

function faults(text: string): RemoteCall[] {
  try {
    return parseFaults(text).map((body) => ({ method: 'POST', path: '/faults', body }));
  } catch (error) {
    if (error instanceof RangeError) throw new OptionError(`fault: ${error.message}`);
    throw error;
  }
}

/**
 * The calls that a command stands for.
 * @throws {OptionError} when its argument is missing, makes no sense, or is one too many.
 */
export function remoteCalls(command: RemoteCommand, args: readonly string[]): RemoteCall[] {
  const placeholder = REMOTE_COMMANDS[command];
  const [argument, ...more] = args;
  if (more.length > 0 || (argument === undefined) !== (placeholder === '')) {
    throw new OptionError(
      `${command} takes ${placeholder === '' ? 'no argument' : `one argument: ${placeholder}`}`,
    );
  }
  switch (command) {
    case 'status':
      return [{ method: 'GET', path: '' }];
    case 'revoke-tokens':
    case 'forget-clients':
      return [{ method: 'POST', path: `/${command}` }];
    case 'fault':
      return faults(argument ?? '');
    case 'clear-faults':
      return [{ method: 'DELETE', path: '/faults' }];
    case 'shift-clock':
      return [{ method: 'POST', path: '/clock', body: { shiftMs: seconds(argument ?? '') * 1000 } }];
  }
}

/**
 * Calls the sandbox on a port of this machine.
 * @returns the answer's text.
 * @throws when none answers there.
 */
export async function callSandbox(port: number, { method, path, body }: RemoteCall): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/_sandbox${path}`, {
    method,
    signal: AbortSignal.timeout(5_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => undefined);
  if (response?.status !== 200) {
    throw new Error(`no sandbox answers on port ${port}: start one, or give its --port`);
  }
  return (await response.text()).trim();
}
