import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { suite, test } from 'node:test';
import { createGzip, gzipSync } from 'node:zlib';
import { withProxy } from '../support/proxy-world.ts';
import { answerWith, type Script } from '../support/scripted-upstream.ts';

const MIB = 1024 * 1024;

/** So many zeros, in a thousandth of the bytes. */
const bomb = async (bytes: number): Promise<Buffer> => {
  const gzip = createGzip();
  const chunks: Buffer[] = [];
  gzip.on('data', (chunk: Buffer) => chunks.push(chunk));
  const zeros = Buffer.alloc(MIB, '0');
  for (let i = 0; i < bytes; i += MIB) gzip.write(zeros);
  await new Promise<void>((resolve) => gzip.end().once('end', resolve));
  return Buffer.concat(chunks);
};

/** A gzip answer of this type. */
const gzipped = (body: Buffer, type: string): Script =>
  answerWith(200, ['Content-Type', type, 'Content-Encoding', 'gzip'], body);

const begin = (url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    httpRequest(url, resolve).on('error', reject).end();
  });

suite('a compressed bomb of the upstream', () => {
  for (const [type, path] of [
    ['text/csv', '/a.csv'],
    ['application/json', '/a'],
  ] as const) {
    test(`is passed on as it is to a caller who takes gzip: ${type}`, async () => {
      const body = await bomb(64 * MIB);
      await withProxy(gzipped(body, type), async (proxy) => {
        for (const turn of ['fetched', 'stored']) {
          const answer = await proxy.get(path, ['Accept-Encoding', 'gzip']);
          assert.deepEqual([turn, answer.body.equals(body)], [turn, true]);
        }
      });
    });

    test(`is unpacked no faster than a caller reads who does not: ${type}`, async () => {
      const body = await bomb(64 * MIB);
      await withProxy(gzipped(body, type), async (proxy) => {
        for (const turn of ['fetched', 'stored']) {
          const response = await begin(proxy.url + path);
          await new Promise((resolve) => response.once('readable', resolve));
          response.destroy();
          // The caller left after a look at it: nothing went on being unpacked for it.
          await proxy.answeredCount(turn === 'fetched' ? 1 : 2);
          const seen = proxy.answered.at(-1);
          assert.equal(seen?.status, 499, turn);
          assert.ok((seen?.bytes ?? 0) < 32 * MIB, `${turn}: ${seen?.bytes} bytes`);
        }
      });
    });
  }

  test('in layers is refused: nobody asked for such a coding', async () => {
    const inner = gzipSync(Buffer.alloc(MIB, '0'));
    await withProxy(
      answerWith(200, ['Content-Type', 'text/csv', 'Content-Encoding', 'gzip, gzip'], gzipSync(inner)),
      async (proxy) => {
        const answer = await proxy.get('/a.csv');
        assert.deepEqual([answer.status, answer.header('content-encoding')], [502, undefined]);
        assert.match(answer.text, /upstream-invalid/);
      },
    );
  });
});
