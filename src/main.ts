#!/usr/bin/env node
import closeWithGrace from 'close-with-grace';
import { programVersion } from './base/version.ts';
import type { Command, ExitCode } from './cli/command.ts';
import { commandHelp, invocationOf, Misuse, programHelp, requestOf } from './cli/command-line.ts';
import { loggableError } from './log/loggable-error.ts';

/** Loaded when asked for: `check` need not wait for the HTTP server of `serve`. */
const commands = {
  serve: async (): Promise<Command> => (await import('./cli/serve.ts')).serveCommand,
  sandbox: async (): Promise<Command> => (await import('./cli/sandbox.ts')).sandboxCommand,
  demo: async (): Promise<Command> => (await import('./cli/demo.ts')).demoCommand,
  check: async (): Promise<Command> => (await import('./cli/check.ts')).checkCommand,
};
const names = ['serve', 'sandbox', 'demo', 'check'] as const satisfies readonly (keyof typeof commands)[];

/** Does what the command line asks for; resolves with the exit code. */
async function main(argv: readonly string[]): Promise<ExitCode> {
  let help = 'cmu-proxy --help';
  try {
    const request = requestOf(argv, names);
    if (request === 'help') {
      return say(programHelp(await Promise.all(names.map((name) => commands[name]()))));
    }
    if (request === 'version') return say(`${programVersion()}\n`);
    const command = await commands[request.name]();
    help = `cmu-proxy ${command.name} --help`;
    const invocation = invocationOf(command, request.args);
    if (invocation === 'help') return say(commandHelp(command));
    return await command.run({
      ...invocation,
      env: process.env,
      stdout: process.stdout,
      stderr: process.stderr,
      stopping: stop.signal,
      onExit: (callback) => process.once('exit', callback),
      // Without a listener SIGHUP ends the process, which is right for commands that cannot reload.
      onReload: (callback) => process.on('SIGHUP', callback),
    });
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    process.stderr.write(`cmu-proxy: ${error.message}\nSee: ${help}\n`);
    return 2;
  }
}

function say(text: string): ExitCode {
  process.stdout.write(text);
  return 0;
}

/** The last words of a process in an unknown state: one log line of allow-listed fields. */
function reportCrash(thrown: unknown): void {
  const error = loggableError(thrown, { frames: true });
  const time = new Date().toISOString();
  process.stdout.write(`${JSON.stringify({ level: 'fatal', time, event: 'process.crashed', error })}\n`);
}

// A reader that leaves (`cmu-proxy serve | head`) is no reason to stop serving.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

// Unless somebody listens, Node.js opens a debugger, through which the memory of the process can be read.
process.on('SIGUSR1', () => {});

const stop = new AbortController();
// A command may wait for a timer that does not keep the process alive; it must not vanish meanwhile.
setInterval(() => {}, 2 ** 30);
const running = main(process.argv.slice(2)).catch((error: unknown): ExitCode => {
  reportCrash(error);
  return 1;
});

// The first SIGTERM or SIGINT asks the command to stop, within a grace of its own; a second one ends the process at
// once with 1, and so does an error that nobody caught.
closeWithGrace(
  {
    delay: false,
    logger: false,
    skip: [
      'SIGHUP',
      'SIGQUIT',
      'SIGILL',
      'SIGTRAP',
      'SIGABRT',
      'SIGBUS',
      'SIGFPE',
      'SIGSEGV',
      'SIGUSR2',
      'beforeExit',
    ],
    onSecondError: reportCrash,
  },
  async ({ err, signal }) => {
    if (signal === undefined) {
      reportCrash(err);
      process.exit(1);
    }
    stop.abort();
    process.exit(await running);
  },
);

process.exit(await running);
