import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { begin, call } from '../support/http-client.ts';
import { runServe } from '../support/running-process.ts';
import { startUpstream } from '../support/scripted-upstream.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startTestSandbox } from '../support/test-sandbox.ts';

const MIB = 1024 * 1024;
const PIECE = Buffer.alloc(65_536, 'x');
/** A fifth of the 500 MB: as far beyond every buffer, in a fifth of the time. */
const PIECES = 1_600;

/** Resident memory of another process, in bytes. */
const residentBytes = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
};

test('a report far beyond the bound of an entry neither enters the cache nor the memory', {
  skip: process.platform !== 'linux' && 'reads /proc',
}, async () => {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  const sandbox = await startTestSandbox();
  opened.defer(() => sandbox.close());
  const upstream = opened.use(
    await startUpstream((response) => {
      response.writeHead(200, ['Content-Type', 'text/csv']);
      let sent = 0;
      const more = () => {
        while (sent < PIECES) {
          sent++;
          if (!response.write(PIECE)) return;
        }
        response.end();
      };
      response.on('drain', more);
      more();
    }),
  );
  const proxy = opened.use(
    await runServe({
      settings: {
        LISTEN_PORT: '0',
        ADMIN_PORT: '0',
        DCR_URL: sandbox.url,
        UPSTREAM_URL: upstream.url.origin,
        STATE_DIR: folder.path,
        SOFTWARE_STATEMENT: await sandbox.statement(),
      },
    }),
  );
  const pid = proxy.child.pid ?? assert.fail();
  const before = await residentBytes(pid);
  let bytes = 0;
  for await (const chunk of (await begin(`${proxy.url}/year.csv`)).response) bytes += chunk.length;
  assert.equal(bytes, PIECE.length * PIECES);
  const grown = (await residentBytes(pid)) - before;
  assert.ok(grown < 64 * MIB, `${Math.round(grown / MIB)} MiB more`);
  const cache = Object((await call(`${proxy.adminUrl}/api/cache`)).json());
  assert.equal(cache.entries, 0);
});
