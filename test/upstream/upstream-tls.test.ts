import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { startProxyWorld } from '../support/proxy-world.ts';
import { answerReport, REPORT, startUpstream } from '../support/scripted-upstream.ts';

const pem = (name: string): Promise<string> =>
  readFile(new URL(`fixtures/tls/${name}.pem`, import.meta.url), 'utf8');

/** A report through a proxy that trusts `ca`, from an upstream that shows `certificate`. */
const reportOverTls = async (certificate: string, ca: string | undefined) => {
  const tls = { cert: await pem(certificate), key: await pem(`${certificate}-key`) };
  await using upstream = await startUpstream(answerReport(), { tls });
  await using proxy = await startProxyWorld({
    upstream: upstream.url,
    ...(ca === undefined ? {} : { ca: await pem(ca) }),
  });
  const { status, header, text } = await proxy.get('/year');
  return { status, error: header('proxy-status'), text, seen: upstream.requests.length };
};

test('an upstream whose certificate a configured authority has signed for its address is trusted', async () => {
  assert.deepEqual(await reportOverTls('loopback', 'authority'), {
    status: 200,
    error: undefined,
    text: REPORT,
    seen: 1,
  });
});

test('every other certificate is refused, before the token could be sent', async () => {
  const cases: readonly (readonly [certificate: string, ca: string | undefined])[] = [
    ['self-signed', undefined],
    ['self-signed', 'authority'],
    ['loopback', undefined],
    ['elsewhere', 'authority'],
    ['expired', 'authority'],
  ];
  for (const [certificate, ca] of cases) {
    const { status, error, text, seen } = await reportOverTls(certificate, ca);
    assert.deepEqual([status, error, seen], [502, 'cmu-proxy; error=tls_certificate_error', 0], certificate);
    assert.match(text, /upstream-unreachable/);
  }
});
