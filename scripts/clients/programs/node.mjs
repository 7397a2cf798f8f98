// The cases of run.ts with a client of Node.js: fetch, http, axios, got or ky.
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

const library = process.argv[2];
const { CMU, WAIT, JSON: json, CSV: csv, MISSING: missing } = process.env;

const openers = {
  async fetch() {
    return async (method, path, headers) => {
      const answer = await fetch(CMU + path, { method, headers });
      return { status: answer.status, etag: answer.headers.get('etag'), text: await answer.text() };
    };
  },
  async http() {
    const agent = new http.Agent({ keepAlive: true });
    return (method, path, headers) =>
      new Promise((resolve, reject) => {
        const request = http.request(CMU + path, { method, headers, agent }, async (answer) => {
          const chunks = await answer.toArray();
          const body = Buffer.concat(chunks);
          const decoded =
            answer.headers['content-encoding'] === 'gzip' && body.length > 0 ? gunzipSync(body) : body;
          resolve({ status: answer.statusCode, etag: answer.headers.etag, text: decoded.toString() });
        });
        request.on('error', reject).end();
      });
  },
  async axios() {
    const { default: axios } = await import('axios');
    const client = axios.create({
      validateStatus: () => true,
      responseType: 'text',
      transformResponse: (it) => it,
    });
    return async (method, path, headers) => {
      const { status, data, headers: answered } = await client.request({ method, url: CMU + path, headers });
      return { status, etag: answered.etag, text: data };
    };
  },
  async got() {
    const { default: got } = await import('got');
    return async (method, path, headers) => {
      const answer = await got(CMU + path, { method, headers, throwHttpErrors: false, retry: { limit: 0 } });
      return { status: answer.statusCode, etag: answer.headers.etag, text: answer.body };
    };
  },
  async ky() {
    const { default: ky } = await import('ky');
    return async (method, path, headers) => {
      const answer = await ky(CMU + path, { method, headers, throwHttpErrors: false, retry: 0 });
      return { status: answer.status, etag: answer.headers.get('etag'), text: await answer.text() };
    };
  },
};

const get = await openers[library]();
const rows = ({ text }) => JSON.parse(text).report.length;
const first = await get('GET', json, {});
console.log('json', first.status, rows(first));
const table = await get('GET', csv, {});
console.log('csv', table.status, table.text.trimEnd().split('\n').length);
const packed = await get('GET', json, { 'Accept-Encoding': 'gzip' });
console.log('gzip', packed.status, rows(packed));
console.log('conditional', (await get('GET', json, { 'If-None-Match': first.etag })).status);
console.log('head', (await get('HEAD', json, {})).status);
console.log('missing', (await get('GET', missing, {})).status);
const before = await get('GET', json, {});
await sleep(1000 * Number(WAIT));
console.log('reuse', before.status, (await get('GET', json, {})).status);
process.exit(0);
