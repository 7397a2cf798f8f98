import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withProxy } from '../support/proxy-world.ts';
import { rawAnswers, rawGet } from '../support/raw-caller.ts';
import { answerReport } from '../support/scripted-upstream.ts';

/** Everything that a request may carry to be somebody else, or to seem to come from somewhere else. */
const CREDENTIALS = [
  ...[
    'Authorization: Bearer canary',
    'authorization: Basic canary',
    'AUTHORIZATION: canary',
    'Authorization:',
  ],
  ...['Cookie: canary=1', 'cookie2: canary', 'Proxy-Authorization: Basic canary', 'X-Authorization: canary'],
  ...['Authorization_: canary', 'X-Api-Key: canary', 'Ap-Token: canary', 'X-Access-Token: canary'],
  ...[
    'X-Amz-Security-Token: canary',
    'X-Csrf-Token: canary',
    'X-Cmu-Proxy-Token: canary',
    'X-Device-Info: canary',
  ],
];

const FORWARDING = [
  ...[
    'X-Forwarded-For: 10.9.8.7',
    'X_Forwarded_For: 10.9.8.7',
    'X-Forwarded-Host: evil.test',
    'X-Forwarded-Proto: https',
  ],
  ...[
    'X-Forwarded-Port: 444',
    'X-Forwarded-Prefix: /evil',
    'X-Forwarded-Server: evil.test',
    'Forwarded: for=10.9.8.7;host=evil.test',
  ],
  ...[
    'X-Real-IP: 10.9.8.7',
    'Client-IP: 10.9.8.7',
    'True-Client-IP: 10.9.8.7',
    'CF-Connecting-IP: 10.9.8.7',
    'Via: 1.1 evil.test',
  ],
  ...[
    'X-Original-URL: /o/client/token',
    'X-Rewrite-URL: /o/client/token',
    'X-HTTP-Method-Override: DELETE',
    'X-Host: evil.test',
  ],
  ...[
    'X-Original-Host: evil.test',
    'Base-Url: http://evil.test',
    'X-Proxy-Url: http://evil.test',
    'Destination: http://evil.test',
  ],
];

test('the upstream sees exactly one Authorization, ours, and no credential of the caller', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    for (const [index, line] of CREDENTIALS.entries()) {
      await rawAnswers(proxy.port, rawGet(`/cmu/v2/${index}`, line, line));
    }
    await rawAnswers(proxy.port, rawGet('/cmu/v2/all', ...CREDENTIALS));
    assert.equal(upstream.requests.length, CREDENTIALS.length + 1);
    for (const { lines, rawHeaders } of upstream.requests) {
      assert.deepEqual(lines('authorization'), ['Bearer token-1']);
      assert.doesNotMatch(rawHeaders.join('\n'), /canary/);
    }
  }));

test('an access_token in the query does not go upstream, in whatever spelling, and names no other report', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    const queries = [
      ...['access_token=canary', 'access_token=canary&access_token=canary', 'access%5Ftoken=canary'],
      ...[
        '%61ccess_token=canary',
        'access_token=',
        'access_token',
        '%61%63%63%65%73%73%5f%74%6f%6b%65%6e=canary',
      ],
    ];
    for (const query of queries) {
      await rawAnswers(proxy.port, rawGet(`/cmu/v2/year?${query}`));
      await rawAnswers(proxy.port, rawGet(`/cmu/v2/year?mvpd=A&${query}`));
      await rawAnswers(proxy.port, rawGet(`/cmu/v2/year?${query}&mvpd=A`));
      await rawAnswers(proxy.port, rawGet(`/cmu/v2/year?${query};mvpd=A`));
    }
    assert.deepEqual([...new Set(upstream.requests.map(({ target }) => target))].sort(), [
      '/cmu/v2/year',
      '/cmu/v2/year?mvpd=A',
    ]);
    // What is the same without the token is the same report.
    assert.equal(upstream.requests.length, 2);
    assert.doesNotMatch(JSON.stringify(proxy.answered), /canary/);
  }));

test('forwarding fields are believed by nobody: not in the key, the links, the log, nor upstream', () =>
  withProxy(
    answerReport('{"_links":{"self":{"href":"http://HOST/cmu/v2/year"}},"report":[]}'),
    async (proxy, upstream) => {
      const [clean] = await rawAnswers(proxy.port, rawGet('/cmu/v2/year'));
      for (const line of [FORWARDING.join('\r\n'), ...FORWARDING]) {
        const [answer] = await rawAnswers(proxy.port, rawGet('/cmu/v2/year', line));
        assert.equal(answer?.status, 200, line);
        assert.equal(answer?.body, clean?.body, line);
      }
      assert.equal(upstream.requests.length, 1);
      await rawAnswers(proxy.port, rawGet('/cmu/v2/other', ...FORWARDING));
      const seen = `${JSON.stringify(upstream.requests)}${JSON.stringify(proxy.answered)}`;
      assert.doesNotMatch(seen, /evil|10\.9\.8\.7|\/o\/client|DELETE/);
    },
  ));
