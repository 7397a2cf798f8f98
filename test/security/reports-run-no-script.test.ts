import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserMissing, openProfile, startBrowser } from '../support/browser.ts';
import { startE2eWorld } from '../support/e2e-world.ts';
import { call } from '../support/http-client.ts';
import { answerWith, startUpstream } from '../support/scripted-upstream.ts';

const PAGE = `<!doctype html><title>quiet</title>
<script>
  document.title = 'ran';
  navigator.serviceWorker?.register('/cmu/v2/worker.js', { scope: '/' });
</script>
<img src="x" onerror="document.title = 'ran'">`;

const ACTING = [
  ...['Service-Worker-Allowed', '/', 'Refresh', '0; url=/cmu/v2/elsewhere.html', 'NEL', '{"report_to":"x"}'],
  ...['Report-To', '{"group":"x"}', 'Reporting-Endpoints', 'x="https://evil.test"', 'SourceMap', '/x.map'],
  ...['Access-Control-Allow-Origin', '*', 'Content-Security-Policy', "script-src 'unsafe-inline'"],
  ...['X-Accel-Redirect', '/etc/passwd', 'X-Sendfile', '/etc/passwd', 'Origin-Agent-Cluster', '?1'],
];

const startWorld = async () => {
  const upstream = await startUpstream(answerWith(200, ['Content-Type', 'text/html', ...ACTING], PAGE));
  const world = await startE2eWorld({ settings: { UPSTREAM_URL: upstream.url.origin } });
  return {
    places: [new URL(world.url).origin, world.proxy.adminUrl],
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
};

test('what acts on an origin does not reach callers; every report says that it is data', async () => {
  await using world = await startWorld();
  for (const place of world.places) {
    for (const turn of ['fetched', 'stored']) {
      const answer = await call(`${place}/cmu/v2/year.html`);
      for (let i = 0; i < ACTING.length; i += 2) {
        const name = ACTING[i]?.toLowerCase() ?? '';
        if (name !== 'content-security-policy')
          assert.equal(answer.header(name), undefined, `${name}, ${turn}`);
      }
      assert.equal(answer.header('content-security-policy'), 'sandbox', turn);
      assert.equal(answer.header('x-content-type-options'), 'nosniff', turn);
    }
  }
});

test('a report that is a web page runs nothing in a browser', { skip: browserMissing }, async () => {
  await using world = await startWorld();
  const browser = await startBrowser();
  try {
    const profile = await openProfile(browser);
    for (const place of world.places) {
      const page = await profile.newPage();
      await page.goto(`${place}/cmu/v2/year.html`, { waitUntil: 'load' });
      assert.equal(await page.title(), 'quiet', place);
      assert.deepEqual(profile.serviceWorkers(), []);
    }
  } finally {
    await browser.close();
  }
});
