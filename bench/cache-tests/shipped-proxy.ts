import { writeFile } from 'node:fs/promises';
import { startSandbox } from '../../src/sandbox/index.ts';
import { runCommand } from '../../test/support/running-process.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';

/** Request fields that a cache has to forward for the suite, or that its `Vary` tests select by. */
const FORWARDED = [
  ...['test-id', 'test-name', 'req-num'],
  ...['foo', 'bar', 'baz', 'abc', 'other', 'accept-language'],
];

/** The program before the suite's origin. */
export interface ShippedProxy extends AsyncDisposable {
  readonly url: string;
}

/**
 * Starts `cmu-proxy serve` with one route that takes the origin's word for everything.
 * @param answerFields what the suite wants to see of answers, besides what every caller gets
 */
export async function startShippedProxy(
  originPort: number,
  answerFields: readonly string[],
): Promise<ShippedProxy> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  const sandbox = await startSandbox();
  opened.defer(() => sandbox.close());
  await writeFile(folder.file('statement.txt'), await sandbox.statement());
  await writeFile(
    folder.file('proxy.yaml'),
    `
listen: { port: 0, keepAliveTimeoutMs: 600000 }
admin: { port: 0 }
dcr: { url: ${sandbox.url} }
softwareStatementFile: ${folder.file('statement.txt')}
state: { dir: ${folder.file('state')} }
routes:
  - name: suite
    prefix: /test
    upstream:
      url: http://localhost:${originPort}
      prefix: /test
      maxRequestsPerSecond: 0
      headersTimeoutMs: 20000
      bodyIdleTimeoutMs: 20000
      requestHeaders: ${JSON.stringify(FORWARDED)}
      answerHeaders: ${JSON.stringify(answerFields)}
    cache: { policy: http, callerDirectives: honour, staleWhileRevalidateMs: 0, staleIfErrorMs: 86400000 }
`,
  );
  const serve = opened.use(runCommand(['serve', '--config', folder.file('proxy.yaml')]));
  const [, url = ''] = await serve.waitFor(/"event":"started".*?"url":"(http:\/\/[^/"]+)/);
  const resources = opened.move();
  return { url, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
