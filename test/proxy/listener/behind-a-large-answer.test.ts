import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { parseAnswers } from '../../support/raw-caller.ts';
import type { Script } from '../../support/scripted-upstream.ts';
import { READERS, TRANSPORTS, withWayIn } from '../../support/ways-in.ts';

/** No two places of it are alike, so that a byte that is lost, doubled or moved shows. */
const LARGE = `row\n${Array.from({ length: 600_000 }, (_, i) => String(i).padStart(9, '0')).join('\n')}\n`;

const answerCsv: Script = (response, { target }) => {
  const body = target.includes('large') ? LARGE : `path\n${target}\n`;
  response.writeHead(200, ['Content-Type', 'text/csv', 'Content-Length', String(Buffer.byteLength(body))]);
  response.end(body);
};

const SETTINGS = {
  CACHE_MAX_BYTES: String(64 * 1024 * 1024),
  CACHE_MAX_ENTRY_BYTES: String(16 * 1024 * 1024),
};

const get = (target: string, ...lines: readonly string[]): string =>
  [`GET /cmu/v2/${target} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n');

const wholeConversation = async (socket: Socket, pieces: readonly string[]) => {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve));
  await once(socket, 'close');
  return parseAnswers(Buffer.concat(chunks).toString('latin1'));
};

suite('requests pipelined behind a report of 6 MB', { concurrency: true }, () => {
  for (const reader of READERS) {
    for (const transport of TRANSPORTS) {
      test(`by ${reader} over ${transport}: every byte right, and nothing behind the last one is looked at`, () =>
        withWayIn({ reader, transport }, answerCsv, SETTINGS, async ({ proxy, upstream, open }) => {
          // The first is passed on, the second comes from the cache.
          for (const large of ['passed on', 'stored']) {
            const answers = await wholeConversation(open(), [
              get('large.csv'),
              'GET /cmu/v2/year.csv HT',
              'TP/1.1\r\nHost: localhost\r\n\r\nGET /cmu/v2/month.csv HTTP/1.1\r\nHost: local',
              `host\r\n\r\n${get('day.csv', 'Connection: close')}${get('behind-the-last.csv')}`,
            ]);
            const bodies = answers.map(({ status, body, closes }) => [
              status,
              body === LARGE || body,
              closes,
            ]);
            assert.deepEqual(
              bodies,
              [
                [200, true, false],
                [200, 'path\n/cmu/v2/year.csv\n', false],
                [200, 'path\n/cmu/v2/month.csv\n', false],
                [200, 'path\n/cmu/v2/day.csv\n', true],
              ],
              large,
            );
          }
          assert.equal(proxy.answered[4]?.cache, 'hit');
          assert.deepEqual(
            upstream.requests.map(({ target }) => target),
            ['large', 'year', 'month', 'day'].map((path) => `/cmu/v2/${path}.csv`),
          );
        }));

      test(`by ${reader} over ${transport}: a body ends the connection, and is no request`, () =>
        withWayIn({ reader, transport }, answerCsv, SETTINGS, async ({ upstream, open }) => {
          const inside = get('in-the-body.csv');
          const post = `POST /cmu/v2/year.csv HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inside.length}\r\n\r\n`;
          const answers = await wholeConversation(open(), [get('large.csv') + post, inside, get('last.csv')]);
          assert.deepEqual(
            answers.map(({ status, closes }) => [status, closes]),
            [
              [200, false],
              [405, true],
            ],
          );
          assert.equal(answers[0]?.body, LARGE);
          assert.equal(upstream.requests.length, 1);
        }));
    }
  }
});
