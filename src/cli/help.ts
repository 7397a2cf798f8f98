import type { Command, CommandOption } from './command.ts';

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
  const rows = Object.entries(options).map(([option, it]): Row => [flagOf(option, it), it.description]);
  return `Usage: cmu-proxy ${name}${positionals === undefined ? '' : ` ${positionals}`} [options]

${summary}

Options:
${table([...rows, ['--help', 'Show this help.']])}
${FOOTER}`;
}

const flagOf = (name: string, { value }: CommandOption): string =>
  value === undefined ? `--${name}` : `--${name} ${value}`;

type Row = readonly [name: string, description: string];

function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, description]) => `  ${name.padEnd(width)}  ${description}\n`).join('');
}
