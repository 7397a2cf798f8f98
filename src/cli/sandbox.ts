import { once } from 'node:events';
import {
  faultsOf,
  OptionError,
  portOf,
  SANDBOX_OPTIONS,
  sandboxOptionsOf,
  textOf,
} from '../sandbox/command/command-options.ts';
import { keyOfFile, writePrivateFile } from '../sandbox/command/key-file.ts';
import {
  callSandbox,
  isRemoteCommand,
  REMOTE_COMMANDS,
  type RemoteCall,
  remoteCalls,
} from '../sandbox/command/remote-control.ts';
import { type Sandbox, signStatement, startSandbox } from '../sandbox/index.ts';
import { type Command, type CommandContext, commandLine, type ExitCode } from './command.ts';

/** A stand-in for Adobe on this machine, for those who have no statement yet, and for tests. */
export const sandboxCommand: Command = {
  name: 'sandbox',
  summary:
    'Run a stand-in for Adobe (DCR and CMU) with invented data, or ask a running one: for another software statement, or to let things go wrong.',
  positionals: `[statement | ${Object.entries(REMOTE_COMMANDS)
    .map(([name, argument]) => `${name} ${argument}`.trim())
    .join(' | ')}]`,
  options: SANDBOX_OPTIONS,
  async run(context) {
    try {
      const [subcommand, ...more] = context.positionals;
      if (subcommand === undefined) return await serve(context);
      if (subcommand === 'statement' && more.length === 0) return await printStatement(context);
      if (isRemoteCommand(subcommand)) return await control(context, remoteCalls(subcommand, more));
      const known = ['statement', ...Object.keys(REMOTE_COMMANDS)].join(', ');
      throw new OptionError(`unknown argument "${more[0] ?? subcommand}"; there are ${known}`);
    } catch (error) {
      context.stderr.write(`cmu-proxy sandbox: ${error instanceof Error ? error.message : String(error)}\n`);
      return error instanceof OptionError ? 2 : 1;
    }
  },
};

/** Requests that a sandbox which runs for days remembers. */
const REQUEST_LOG_SIZE = 1000;

async function serve(context: CommandContext): Promise<ExitCode> {
  const { options, env, stdout, stopping } = context;
  const port = portOf(options, env);
  const sandboxOptions = sandboxOptionsOf(options);
  const faults = faultsOf(options);
  const keyFile = textOf(context.options, 'key');
  const signingKey = keyFile === undefined ? undefined : await keyOfFile(keyFile);
  const sandbox = await startSandbox({
    ...sandboxOptions,
    port,
    requestLogSize: REQUEST_LOG_SIZE,
    ...(signingKey === undefined ? {} : { signingKey }),
  }).catch((error: unknown) => {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw taken ? new Error(`port ${port} is taken; choose another with --port`) : error;
  });
  try {
    for (const fault of faults) sandbox.control.addFault(fault);
    const statementFile = textOf(context.options, 'statement-out');
    if (statementFile !== undefined) {
      await writePrivateFile(statementFile, `${await sandbox.statement(textOf(context.options, 'name'))}\n`);
    }
    stdout.write(readyText(sandbox, statementFile));
    if (!stopping.aborted) await once(stopping, 'abort');
  } finally {
    await sandbox.close();
  }
  return 0;
}

function readyText({ url }: Sandbox, statementFile: string | undefined): string {
  const file = statementFile ?? 'statement.txt';
  const get =
    statementFile === undefined
      ? `  curl -s ${url}/_sandbox/statement > ${file}     # a software statement\n`
      : '';
  const variables = `CMU_PROXY_DCR_URL=${url} CMU_PROXY_UPSTREAM_URL=${url} CMU_PROXY_SOFTWARE_STATEMENT_FILE=${file}`;
  return `cmu-proxy sandbox ready: ${url} (DCR: ${url}/o/client, reports: ${url}/cmu/v2, faults: ${url}/_sandbox)
Next, in another terminal:
${get}  ${variables} ${commandLine('serve')}
Or without a proxy:
  curl -H "Authorization: Bearer $(curl -s ${url}/_sandbox/token)" ${url}/cmu/v2/year/month.csv
`;
}

async function printStatement(context: CommandContext): Promise<ExitCode> {
  const name = textOf(context.options, 'name') ?? 'default';
  const keyFile = textOf(context.options, 'key');
  const statement =
    keyFile === undefined
      ? await callSandbox(portOf(context.options, context.env), {
          method: 'GET',
          path: `/statement?name=${encodeURIComponent(name)}`,
        })
      : await signStatement(await keyOfFile(keyFile), name, Date.now());
  const out = textOf(context.options, 'out');
  if (out === undefined) context.stdout.write(`${statement}\n`);
  else await writePrivateFile(out, `${statement}\n`);
  return 0;
}

/** Makes a running sandbox do something, and prints what it answers. */
async function control(context: CommandContext, calls: readonly RemoteCall[]): Promise<ExitCode> {
  const port = portOf(context.options, context.env);
  for (const call of calls) context.stdout.write(`${await callSandbox(port, call)}\n`);
  return 0;
}
