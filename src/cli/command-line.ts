import { parseArgs } from 'node:util';
import { didYouMean } from '../base/did-you-mean.ts';
import type { Command, CommandContext } from './command.ts';

/** A command line that says nothing we can do; the message tells what it should have been. */
export class Misuse extends Error {
  override readonly name = 'Misuse';
}

/** Finds out which command is meant, from its name alone, so that only that one is loaded. @throws {Misuse} */
export function requestOf<Name extends string>(
  argv: readonly string[],
  names: readonly Name[],
): { readonly name: Name; readonly args: readonly string[] } | 'help' | 'version' {
  const [first, ...args] = argv;
  if (first === undefined) throw new Misuse(`which command? One of ${names.join(', ')}`);
  if (first === '--help' || first === '-h' || (first === 'help' && args.length === 0)) return 'help';
  if (first === '--version') return 'version';
  if (first === 'help') return requestOf([...args.slice(0, 1), '--help'], names);

  const name = names.find((known) => known === first);
  if (name !== undefined) return { name, args };
  if (first.startsWith('-')) {
    throw new Misuse(`unknown option ${first}; a command comes first: ${names.join(', ')}`);
  }
  throw new Misuse(`unknown command "${first}"${suggestion(first, names)}`);
}

/** Reads a command's own options. @throws {Misuse} for unknown ones, missing values and stray arguments */
export function invocationOf(
  command: Command,
  args: readonly string[],
): Pick<CommandContext, 'options' | 'positionals'> | 'help' {
  const options = { help: { type: 'boolean', short: 'h' } as const, ...command.options };
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: command.positionals !== undefined,
      strict: true,
    });
    const { help, ...given } = values;
    return help === true ? 'help' : { options: given, positionals };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Misuse(unknownOption(args, Object.keys(options)) ?? firstSentence(error.message));
  }
}

function unknownOption(args: readonly string[], known: readonly string[]): string | undefined {
  for (const arg of args) {
    if (arg === '--') return undefined;
    const name = /^--([^=]+)/.exec(arg)?.[1];
    if (name === undefined || known.includes(name)) continue;
    const flags = known.map((option) => `--${option}`);
    return `unknown option --${name}${suggestion(`--${name}`, flags)}`;
  }
  return undefined;
}

function suggestion(typed: string, known: readonly string[]): string {
  const nearest = didYouMean(typed, known);
  return nearest === undefined ? `; there are ${known.join(', ')}` : `; did you mean ${nearest}?`;
}

const firstSentence = (message: string): string => {
  const [first = message] = message.split(/\.\s/);
  return first.charAt(0).toLowerCase() + first.slice(1);
};

const FOOTER = `Every setting can be given in a YAML file (--config FILE) or as an environment variable: listen.port is
CMU_PROXY_LISTEN_PORT. The environment wins. All of them: docs/configuration.md, config/default.yaml.
Exit codes: 0 clean stop, 1 failure while running, 2 wrong configuration or usage.
`;

export function programHelp(commands: readonly Command[]): string {
  return `Usage: cmu-proxy <command> [options]

An authenticating proxy for Adobe's Concurrency Monitoring Usage (CMU) reports: it registers, keeps a token fresh
and adds it to your requests.

Commands:
${table(commands.map(({ name, summary }) => [name, summary]))}
Options:
${table([
  ['--help', 'Show this help; after a command, its own.'],
  ['--version', 'Show the version.'],
])}
${FOOTER}`;
}

export function commandHelp({ name, summary, positionals, options }: Command): string {
  const rows = Object.entries(options).map(
    ([option, { value, description }]): Row => [
      `--${option}${value === undefined ? '' : ` ${value}`}`,
      description,
    ],
  );
  return `Usage: cmu-proxy ${name}${positionals === undefined ? '' : ` ${positionals}`} [options]

${summary}

Options:
${table([...rows, ['--help', 'Show this help.']])}
${FOOTER}`;
}

type Row = readonly [name: string, description: string];

function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, description]) => `  ${name.padEnd(width)}  ${description}\n`).join('');
}
