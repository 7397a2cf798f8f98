import assert from 'node:assert/strict';
import { test } from 'node:test';
import { report, sandboxFor } from './client.ts';
import { PUBLISHED } from './report-reader.ts';

type Links = Record<string, { href: string } | { href: string }[] | undefined>;

const hrefs = (links: Links): string[] =>
  Object.values(links).flatMap((link) => (link === undefined ? [] : [link].flat().map(({ href }) => href)));

/** Follows every link from the root, and each of them once. */
async function crawl(
  get: (href: string) => Promise<{ status: number; json: Record<string, unknown> }>,
  root: string,
) {
  const seen = new Set([root]);
  let waiting = [root];
  while (waiting.length > 0) {
    const found: string[] = [];
    for (const href of waiting) {
      // A path alone: links carry no query, and a small limit keeps the walk quick.
      const { status, json } = await get(`${href}?limit=2`);
      assert.equal(status, 200, href);
      found.push(...hrefs(json['_links'] as Links));
    }
    const fresh = new Set(found.filter((href) => !href.includes('?') && !seen.has(href)));
    // Self links have a query of their own: followed, but not further.
    for (const self of found.filter((href) => href.includes('?'))) {
      assert.equal((await get(self)).status, 200, self);
    }
    for (const href of fresh) seen.add(href);
    waiting = [...fresh];
  }
  return seen;
}

test('every link leads to a report, and the published paths are all found from the root', async (t) => {
  const sandbox = await sandboxFor(t, { minuteReports: true });
  const token = await sandbox.accessToken();
  const seen = await crawl((href) => report(sandbox, href, { token }), '/cmu/v2');
  for (const { path } of PUBLISHED) assert.ok(seen.has(path), path);
  assert.ok(seen.has('/cmu/v2/year/month/day/hour/duration/occurrences/tenant/mvpd'));
  assert.ok(seen.has('/cmu/v2/tenant/year/month/day/hour/minute/mvpd/platform/application-id/application'));
  assert.ok(seen.size > 100, `${seen.size} paths`);
});

test('ESM has a tree of its own, below the media company', async (t) => {
  const sandbox = await sandboxFor(t);
  const token = await sandbox.accessToken();
  const seen = await crawl((href) => report(sandbox, href, { token }), '/esm/v3');
  assert.ok([...seen].every((href) => /^\/esm\/v3(\/media-company|$)/.test(href)));
  assert.ok(seen.has('/esm/v3/media-company/year/month/day/hour/minute/proxy/mvpd'));
  assert.ok(seen.size > 100, `${seen.size} paths`);
});

// Every link of this profile is followed in test/e2e/crawl.test.ts.
test('as documented, what no page names is not there, and links of ESM have the end of the prefix', async (t) => {
  const sandbox = await sandboxFor(t, { profile: 'documented' });
  const token = await sandbox.accessToken();
  assert.equal((await report(sandbox, '/cmu/v2/year/duration', { token })).status, 404);
  const { json } = await report(sandbox, '/esm/v3', { token });
  assert.ok(hrefs(json['_links'] as Links).includes('/v3/media-company'));
});
