import { type ParseArgsConfig, parseArgs } from 'node:util';
import { didYouMean } from '../base/did-you-mean.ts';
import type { Command, CommandContext } from './command.ts';

/** The first word of the command line, before any command is loaded. */
export type Request<Name extends string> =
  | { readonly kind: 'command'; readonly name: Name; readonly args: readonly string[] }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | Misuse;

/** A command line that says nothing we can do; the message tells what it should have been. */
export interface Misuse {
  readonly kind: 'misuse';
  readonly message: string;
}

export type Invocation =
  | ({ readonly kind: 'run' } & Pick<CommandContext, 'options' | 'positionals'>)
  | { readonly kind: 'help' }
  | Misuse;

/**
 * Finds out which command is meant, from its name alone, so that only that one needs to be loaded.
 * @param argv what follows the program's name.
 */
export function requestOf<Name extends string>(
  argv: readonly string[],
  names: readonly Name[],
): Request<Name> {
  const [first, ...args] = argv;
  if (first === undefined) return misuse(`which command? One of ${names.join(', ')}`);
  if (first === '--help' || first === '-h' || (first === 'help' && args.length === 0))
    return { kind: 'help' };
  if (first === '--version') return { kind: 'version' };
  if (first === 'help') return requestOf([...args.slice(0, 1), '--help'], names);

  const name = names.find((known) => known === first);
  if (name !== undefined) return { kind: 'command', name, args };
  if (first.startsWith('-')) {
    return misuse(`unknown option ${first}; a command comes first: ${names.join(', ')}`);
  }
  return misuse(`unknown command "${first}"${suggestion(first, names) ?? `; there are ${names.join(', ')}`}`);
}

/** Reads a command's own options, strictly: unknown ones, missing values and stray arguments are misuse. */
export function invocationOf(command: Command, args: readonly string[]): Invocation {
  const options: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean', short: 'h' } };
  for (const [name, { type }] of Object.entries(command.options)) options[name] = { type };
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: command.positionals !== undefined,
      strict: true,
    });
    const { help, ...own } = values;
    return help === true ? { kind: 'help' } : { kind: 'run', options: single(own), positionals };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return misuse(unknownOption(args, Object.keys(options)) ?? firstSentence(error.message));
  }
}

function unknownOption(args: readonly string[], known: readonly string[]): string | undefined {
  for (const arg of args) {
    if (arg === '--') return undefined;
    const name = /^--([^=]+)/.exec(arg)?.[1];
    if (name === undefined || known.includes(name)) continue;
    const flags = known.map((option) => `--${option}`);
    return `unknown option --${name}${suggestion(`--${name}`, flags) ?? `; there are ${flags.join(', ')}`}`;
  }
  return undefined;
}

function suggestion(typed: string, known: readonly string[]): string | undefined {
  const nearest = didYouMean(typed, known);
  return nearest === undefined ? undefined : `; did you mean ${nearest}?`;
}

/** No option of ours may be repeated, so that each has one value. */
function single(values: Readonly<Record<string, unknown>>): CommandContext['options'] {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' || typeof value === 'boolean' ? value : undefined,
    ]),
  );
}

const firstSentence = (message: string): string => {
  const [first = message] = message.split(/\.\s/);
  return first.charAt(0).toLowerCase() + first.slice(1);
};

const misuse = (message: string): Misuse => ({ kind: 'misuse', message });
