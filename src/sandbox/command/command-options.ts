import type { Fault } from '../control/faults.ts';
import type { SandboxOptions } from '../options.ts';
import { FAULT_SYNTAX, parseFaults } from './fault-spec.ts';

/** Options as a command line gives them. */
export type GivenOptions = Readonly<Record<string, string | boolean | undefined>>;

/** An option whose value makes no sense; the message says what would. */
export class OptionError extends Error {
  readonly code = 'bad_option';
}

/** The value of an option that takes one. */
export const textOf = (given: GivenOptions, name: string): string | undefined => {
  const value = given[name];
  return typeof value === 'string' ? value : undefined;
};

function integer(
  given: GivenOptions,
  name: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const value = textOf(given, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least || number > most) {
    const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new OptionError(`--${name}: "${value}" is not a whole number ${bounds}`);
  }
  return number;
}

function choice<const T extends string>(
  given: GivenOptions,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = textOf(given, name);
  if (value === undefined) return undefined;
  const chosen = choices.find((known) => known === value);
  if (chosen === undefined) throw new OptionError(`--${name}: "${value}" is none of ${choices.join(', ')}`);
  return chosen;
}

function throttle(given: GivenOptions): SandboxOptions['throttle'] {
  const value = textOf(given, 'throttle');
  if (value === undefined) return undefined;
  if (value === 'off') return false;
  const [, rate, burst] = /^(\d+(?:\.\d+)?)\/(\d+)$/.exec(value) ?? [];
  if (rate === undefined || burst === undefined) {
    throw new OptionError(`--throttle: "${value}" is neither "off" nor RATE/BURST, such as 1/10`);
  }
  return { ratePerSecond: Number(rate), burst: Number(burst) };
}

const PORT_VARIABLE = 'CMU_PROXY_SANDBOX_PORT';
const DEFAULT_PORT = 8090;

/** What the command line takes, and what its help says. */
export const SANDBOX_OPTIONS = {
  port: {
    type: 'string',
    value: 'PORT',
    description: `Port to listen on; 0 takes a free one. Also ${PORT_VARIABLE}. Default ${DEFAULT_PORT}.`,
  },
  host: { type: 'string', value: 'HOST', description: 'Address to listen on. Default 127.0.0.1.' },
  'statement-out': {
    type: 'string',
    value: 'FILE',
    description: 'Write a signed software statement there (mode 0600).',
  },
  name: {
    type: 'string',
    value: 'NAME',
    description: 'Application that the statement speaks for. Default "default".',
  },
  key: {
    type: 'string',
    value: 'FILE',
    description: 'Signing key (PEM); made if it does not exist. Statements then outlive the sandbox.',
  },
  tenants: { type: 'string', value: 'A,B', description: 'Programmers whose data there is.' },
  seed: { type: 'string', value: 'N', description: 'Another seed is another data set. Default 1.' },
  'minute-reports': { type: 'boolean', description: 'Enable reports by minute.' },
  'token-lifetime': { type: 'string', value: 'SECONDS', description: 'Default 21600.' },
  profile: {
    type: 'string',
    value: 'PROFILE',
    description: 'Answer as seen (default) or as documented, where the two differ.',
  },
  'token-lag': {
    type: 'string',
    value: 'MS',
    description: 'Until reports know of a new token. Default 0.',
  },
  'token-format': { type: 'string', value: 'FORMAT', description: 'jwt (default) or opaque.' },
  'time-unit': {
    type: 'string',
    value: 'UNIT',
    description: 'Of created_at: milliseconds (default) or seconds.',
  },
  'client-lifetime': {
    type: 'string',
    value: 'SECONDS',
    description: 'Let client credentials expire. Default: never.',
  },
  'device-info': {
    type: 'string',
    value: 'HOW',
    description: 'X-Device-Info toward DCR: required, optional or ignored. Default: as the profile has it.',
  },
  throttle: {
    type: 'string',
    value: 'RATE/BURST',
    description: 'Of DCR, or "off". Default 1/10, as at Adobe.',
  },
  fault: {
    type: 'string',
    value: 'FAULTS',
    description: `Let things go wrong, separated by commas: ${FAULT_SYNTAX}.`,
  },
  out: {
    type: 'string',
    value: 'FILE',
    description: 'With `statement`: write it there (mode 0600) instead of printing it.',
  },
} as const;

/** The port: option, then environment, then the default. @throws {OptionError} */
export function portOf(options: GivenOptions, env: Readonly<Record<string, string | undefined>>): number {
  const fromOption = integer(options, 'port', 0, 65_535);
  if (fromOption !== undefined) return fromOption;
  const fromEnv = env[PORT_VARIABLE];
  if (fromEnv === undefined || fromEnv === '') return DEFAULT_PORT;
  const port = Number(fromEnv);
  if (!/^\d+$/.test(fromEnv) || port > 65_535) {
    throw new OptionError(`${PORT_VARIABLE}: "${fromEnv}" is not a port (0 to 65535)`);
  }
  return port;
}

/** What a command line makes of a sandbox. @throws {OptionError} */
export function sandboxOptionsOf(options: GivenOptions): SandboxOptions {
  const tenants = textOf(options, 'tenants')
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (tenants?.length === 0) throw new OptionError('--tenants: name at least one, separated by commas');
  const given: { [Key in keyof SandboxOptions]: SandboxOptions[Key] | undefined } = {
    host: textOf(options, 'host'),
    seed: integer(options, 'seed', 0, 2 ** 32 - 1),
    tenants,
    tokenLifetime: integer(options, 'token-lifetime', 1),
    clientLifetime: integer(options, 'client-lifetime', 1),
    profile: choice(options, 'profile', ['seen', 'documented']),
    tokenLag: integer(options, 'token-lag', 0, 600_000),
    tokenFormat: choice(options, 'token-format', ['jwt', 'opaque']),
    timeUnit: choice(options, 'time-unit', ['seconds', 'milliseconds']),
    deviceInfo: choice(options, 'device-info', ['required', 'optional', 'ignored']),
    minuteReports: options['minute-reports'] === true ? true : undefined,
    throttle: throttle(options),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** The faults of `--fault`. @throws {OptionError} */
export function faultsOf(options: GivenOptions): Fault[] {
  try {
    return parseFaults(textOf(options, 'fault') ?? '');
  } catch (error) {
    if (error instanceof RangeError) throw new OptionError(`--fault: ${error.message}`);
    throw error;
  }
}
