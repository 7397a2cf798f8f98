import { once } from 'node:events';
import { errorCode } from '../base/error-code.ts';
import { Resources } from '../base/resources.ts';
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
  remoteCalls,
} from '../sandbox/command/remote-control.ts';
import { type Sandbox, signStatement, startSandbox } from '../sandbox/index.ts';
import { type Command, type CommandContext, commandLine } from './command.ts';

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
      if (subcommand === undefined) await serve(context);
      else if (subcommand === 'statement' && more.length === 0) await printStatement(context);
      else if (isRemoteCommand(subcommand)) {
        const port = portOf(context.options, context.env);
        for (const call of remoteCalls(subcommand, more)) {
          context.stdout.write(`${await callSandbox(port, call)}\n`);
        }
      } else {
        const known = ['statement', ...Object.keys(REMOTE_COMMANDS)].join(', ');
        throw new OptionError(`unknown argument "${more[0] ?? subcommand}"; there are ${known}`);
      }
      return 0;
    } catch (error) {
      context.stderr.write(`cmu-proxy sandbox: ${error instanceof Error ? error.message : String(error)}\n`);
      return error instanceof OptionError ? 2 : 1;
    }
  },
};

/** Requests that a sandbox which runs for days remembers. */
const REQUEST_LOG_SIZE = 1000;

async function serve({ options, env, stdout, stopping }: CommandContext): Promise<void> {
  const port = portOf(options, env);
  const faults = faultsOf(options);
  const keyFile = textOf(options, 'key');
  await using opened = new Resources();
  const sandbox = await startSandbox({
    ...sandboxOptionsOf(options),
    port,
    requestLogSize: REQUEST_LOG_SIZE,
    ...(keyFile !== undefined && { signingKey: await keyOfFile(keyFile) }),
  }).catch((error: unknown) => {
    throw errorCode(error) === 'EADDRINUSE'
      ? new Error(`port ${port} is taken; choose another with --port`)
      : error;
  });
  opened.defer(() => sandbox.close());
  for (const fault of faults) sandbox.control.addFault(fault);
  const statementFile = textOf(options, 'statement-out');
  if (statementFile !== undefined) {
    await writePrivateFile(statementFile, `${await sandbox.statement(textOf(options, 'name'))}\n`);
  }
  stdout.write(readyText(sandbox, statementFile));
  if (!stopping.aborted) await once(stopping, 'abort');
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

async function printStatement({ options, env, stdout }: CommandContext): Promise<void> {
  const name = textOf(options, 'name') ?? 'default';
  const keyFile = textOf(options, 'key');
  const path = `/statement?name=${encodeURIComponent(name)}`;
  const statement =
    keyFile === undefined
      ? await callSandbox(portOf(options, env), { method: 'GET', path })
      : await signStatement(await keyOfFile(keyFile), name, Date.now());
  const out = textOf(options, 'out');
  if (out === undefined) stdout.write(`${statement}\n`);
  else await writePrivateFile(out, `${statement}\n`);
}
