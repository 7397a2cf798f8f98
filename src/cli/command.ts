import type { Writable } from 'node:stream';
import { type ConfigMistake, formatMistakes } from '../config/loading/mistake.ts';

/** 0 clean stop, 1 run-time failure, 2 bad configuration or usage. */
export type ExitCode = 0 | 1 | 2;

/** What a command may touch of the process. Only `main.ts` knows the process itself. */
export interface CommandContext {
  /** The values of the command's own options, as `node:util` `parseArgs` gives them. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Aborts at the first SIGTERM or SIGINT: finish what is in flight and return. */
  readonly stopping: AbortSignal;
  /** Calls back when the process ends by its own doing, an uncaught error too, for what can be done at once. */
  onExit(callback: () => void): void;
  /** At each SIGHUP. */
  onReload(callback: () => void): void;
}

export interface CommandOption {
  readonly type: 'string' | 'boolean';
  /** The placeholder in the help text, such as `FILE`. */
  readonly value?: string;
  readonly description: string;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Positional arguments that it takes, for the help text; none if absent. */
  readonly positionals?: string;
  run(context: CommandContext): Promise<ExitCode>;
}

export const configFileOf = ({ options: { config } }: Pick<CommandContext, 'options'>): string | undefined =>
  typeof config === 'string' ? config : undefined;

/** The option that every command takes which reads the configuration. */
export const configOption = {
  config: {
    type: 'string',
    value: 'FILE',
    description: 'Read settings from this YAML file (default: what CMU_PROXY_CONFIG names).',
  },
} as const satisfies Command['options'];

/** A command of ours as it is typed where this runs: in a checkout, none is on the PATH. */
export const commandLine = (name: string): string => {
  if (!import.meta.filename.endsWith('.ts')) return `cmu-proxy ${name}`;
  return name === 'serve' ? 'npm start' : `npm run ${name}`;
};

/** A text for people with commands of ours in it, such as `cmu-proxy check`, as they are typed where this runs. */
export const typeable = (text: string): string =>
  text.replace(/(?<=`)cmu-proxy (\w+)(?=`)/g, (_, name: string) => commandLine(name));

/** Says what is wrong with the configuration. @returns the exit code for that */
export const refuse = ({ stderr }: CommandContext, mistakes: readonly ConfigMistake[]): ExitCode => {
  stderr.write(typeable(formatMistakes(mistakes)));
  return 2;
};
