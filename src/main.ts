#!/usr/bin/env node
import closeWithGrace from 'close-with-grace';
import { programVersion } from './base/version.ts';
import type { Command, ExitCode } from './cli/command.ts';
import { invocationOf, requestOf } from './cli/command-line.ts';
import { commandHelp, programHelp } from './cli/help.ts';
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
  const request = requestOf(argv, names);
  switch (request.kind) {
    case 'help':
      process.stdout.write(programHelp(await Promise.all(names.map((name) => commands[name]()))));
      return 0;
    case 'version':
      process.stdout.write(`${programVersion()}\n`);
      return 0;
    case 'misuse':
      return misused(request.message, 'cmu-proxy --help');
    case 'command':
      return runCommand(await commands[request.name](), request.args);
  }
}

async function runCommand(command: Command, args: readonly string[]): Promise<ExitCode> {
  const invocation = invocationOf(command, args);
  switch (invocation.kind) {
    case 'help':
      process.stdout.write(commandHelp(command));
      return 0;
    case 'misuse':
      return misused(invocation.message, `cmu-proxy ${command.name} --help`);
    case 'run':
      return command.run({
        options: invocation.options,
        positionals: invocation.positionals,
        env: process.env,
        stdout: process.stdout,
        stderr: process.stderr,
        stopping: stop.signal,
        onExit: (callback) => process.once('exit', callback),
        // Without a listener SIGHUP ends the process, which is right for commands that cannot reload.
        onReload: (callback) => process.on('SIGHUP', callback),
      });
  }
}

function misused(message: string, help: string): ExitCode {
  process.stderr.write(`cmu-proxy: ${message}\nSee: ${help}\n`);
  return 2;
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
