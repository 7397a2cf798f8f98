import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { turn, withProxy } from '../../support/proxy-world.ts';
import { parseAnswers } from '../../support/raw-caller.ts';
import { answerWith } from '../../support/scripted-upstream.ts';

const BODY_BYTES = 16_000;
const bodyOf = (target: string): string => `${target} `.repeat(BODY_BYTES / (target.length + 1));

/**
 * A small report is passed on from the memory that it was read into. That is read into again at once, so whoever has not taken the report yet must
 * have it in other memory.
 */
for (const [reader, more] of [
  ['us', ''],
  ["Node's parser", 'TE: trailers\r\n'],
] as const) {
  test(`a caller read by ${reader} who takes nothing for a while gets its own reports, whole`, () =>
    withProxy(
      (response, { target }) => answerWith(200, ['Content-Type', 'text/csv'], bodyOf(target))(response),
      async (proxy) => {
        const accepted = once(proxy.server, 'connection');
        const late = connect({ port: proxy.port, host: '127.0.0.1' });
        late.pause();
        const [ours] = (await accepted) as [Socket];
        let asked = 0;
        while (ours.writableLength === 0) {
          late.write(`GET /cmu/v2/late-${asked++} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`);
          while (proxy.answered.length < asked && ours.writableLength === 0) await turn();
        }
        const others = Array.from({ length: 20 }, (_, i) => proxy.get(`/other-${i}`));
        for (const [i, answer] of (await Promise.all(others)).entries())
          assert.ok(answer.body.toString() === bodyOf(`/cmu/v2/other-${i}`));
        late.write(`GET /cmu/v2/late-${asked++} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
        let text = '';
        for await (const chunk of late) text += chunk.toString('latin1');
        const answers = parseAnswers(text);
        assert.equal(answers.length, asked);
        for (const [i, { body }] of answers.entries())
          assert.ok(body === bodyOf(`/cmu/v2/late-${i}`), `${i} of ${asked}: ${body.slice(0, 40)}`);
      },
      { settings: { CACHE_MAX_BYTES: '0' } },
    ));
}
