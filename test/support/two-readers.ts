import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { AMBIGUOUS } from './ambiguous-heads.ts';
import { type ProxyWorld, startProxyWorld } from './proxy-world.ts';
import { parseAnswers, type RawAnswer } from './raw-caller.ts';
import { answerAsAsked, startUpstream } from './scripted-upstream.ts';

/** The same proxy twice: with the accelerator before Node's HTTP server, and without. */
export interface TwoReaders extends AsyncDisposable {
  /**
   * Sends the pieces to both, each on a connection of its own.
   * @throws {AssertionError} if they are told different things
   */
  compare(pieces: readonly string[]): Promise<void>;
}

export const get = (target: string, ...lines: readonly string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n');

const LAST = get('/last', 'Connection: close');

/** Everything is a hit or a refusal by the second time. */
export const startTwoReaders = async (): Promise<TwoReaders> => {
  await using opened = new AsyncDisposableStack();
  const upstream = opened.use(await startUpstream(answerAsAsked));
  const open = async (accelerator: boolean): Promise<ProxyWorld> => {
    const settings = { LISTEN_ACCELERATOR: String(accelerator) };
    const proxy = opened.use(await startProxyWorld({ upstream: upstream.url, settings }));
    for (const path of ['/year', '/month', '/year.csv?a=1']) await proxy.get(path);
    await proxy.get('/year', ['Accept', 'text/csv']);
    return proxy;
  };
  const [ours, nodes] = [await open(true), await open(false)];
  const resources = opened.move();
  return {
    compare: async (pieces) => {
      // What can be stored is, before the two are compared.
      const ask = async ({ port }: ProxyWorld) => {
        await converse(port, pieces);
        return converse(port, pieces);
      };
      const heard = await Promise.all([ask(ours), ask(nodes)]);
      const [one, other] = heard.map(told);
      const isReset = heard.some((it) => it.isReset);
      const both = isReset ? Math.min(one?.length ?? 0, other?.length ?? 0) : undefined;
      assert.deepEqual(one?.slice(0, both), other?.slice(0, both), JSON.stringify(pieces));
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

interface Heard {
  readonly text: string;
  /** The connection was reset: what was on its way may be lost. */
  readonly isReset: boolean;
}

/** What comes back until the connection ends. A last request ends it, or else the end of what we have to say. */
const converse = (port: number, pieces: readonly string[]): Promise<Heard> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let isReset = false;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const waiting = [...pieces, LAST];
    const next = (): void => {
      const bytes = waiting.shift();
      // A turn of the loop apart, so that they mostly come apart.
      if (bytes === undefined) socket.end();
      else socket.write(Buffer.from(bytes, 'latin1'), () => setImmediate(next));
    };
    socket.on('connect', next);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => {
      isReset = true;
    });
    socket.on('close', () => resolve({ text: Buffer.concat(chunks).toString('latin1'), isReset }));
  });

/** The whole answers, without what differs from one request to the next. */
const told = ({ text, isReset }: Heard): readonly unknown[] => wholeAnswers(text, isReset).map(plain);

const wholeAnswers = (text: string, isCut: boolean): readonly RawAnswer[] => {
  try {
    return parseAnswers(text);
  } catch (error) {
    const last = text.lastIndexOf('HTTP/1.1 ');
    if (!isCut || last <= 0) {
      if (isCut) return [];
      throw error;
    }
    return wholeAnswers(text.slice(0, last), isCut);
  }
};

const plain = ({ status, lines, body, closes }: RawAnswer): unknown => {
  // The number of a request, which may be a digit longer than that of the one before.
  const instance = /"instance":"[^"]*"/.exec(body)?.[0] ?? '';
  const bare = (line: string) =>
    line.replace(/^Content-Length: (.*)$/i, (_, bytes) => `Content-Length: ${bytes - instance.length}`);
  const kept = lines.filter((line) => !/^(?:Date|Age): /i.test(line)).map(bare);
  return { status, closes, lines: kept.toSorted(), body: body.replace(instance, '') };
};

const LINES = [
  ...['Host: localhost', 'Host: evil.test', 'Accept: text/csv', 'Range: bytes=0-1', 'If-None-Match: *'],
  ...['X: y', 'X:', 'X : y', ' X: y', 'X: \x01', 'X: \xe9', 'X: a\rb', 'a', ':', '\t', '\0', 'Expect: x'],
  ...[
    'Connection: close',
    'Connection: keep-alive',
    'Connection: x',
    'Content-Length: 0',
    'Content-Length: 3',
  ],
  ...['Transfer-Encoding: chunked', 'Expect: 100-continue', 'Upgrade: h2c', 'TE: trailers', 'Keep-Alive: 1'],
];
const STARTS = [
  ...[
    'GET /cmu/v2/year HTTP/1.1',
    'GET /cmu/v2/year HTTP/1.1',
    'GET /cmu/v2/month HTTP/1.1',
    'GET / HTTP/1.1',
  ],
  ...[
    'GET /cmu/v2/year  HTTP/1.1',
    'GET /cmu/v2/a%2fb HTTP/1.1',
    'PUT /cmu/v2/year HTTP/1.1',
    'POST /x HTTP/1.1',
  ],
  ...['GET /cmu/v2/year HTTP/1.0', 'GET /nothing?a=\xff HTTP/1.1'],
];
const ENDS = ['\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r'];

/** Bytes that a caller could send, in pieces: heads of honest and odd lines, known ambiguities, cut and joined anyhow. */
export const randomPieces = (random: () => number): readonly string[] => {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const head = (): string => {
    if (random() < 0.15) return pick(Object.values(AMBIGUOUS));
    const lines = Array.from({ length: Math.floor(random() * 6) }, () => pick(LINES));
    const text = [pick(STARTS), 'Host: localhost', ...lines, '', ''].join(pick(ENDS));
    return random() < 0.1 ? withOddByte(text, random) : text;
  };
  const bytes = Array.from({ length: 1 + Math.floor(random() * 3) }, head).join('');
  const cuts = Array.from({ length: Math.floor(random() * 3) }, () => Math.floor(random() * bytes.length));
  const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((place, i) => bytes.slice(places[i], place));
};

const withOddByte = (text: string, random: () => number): string => {
  const at = Math.floor(random() * text.length);
  return text.slice(0, at) + String.fromCharCode(Math.floor(random() * 256)) + text.slice(at + 1);
};
