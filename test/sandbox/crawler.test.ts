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
    const found = await Promise.all(
      waiting.map(async (href) => {
        // A path alone: links carry no query, and a small limit keeps the walk quick.
        const { status, json } = await get(href.includes('?') ? href : `${href}?limit=2`);
        assert.equal(status, 200, href);
        return hrefs(json['_links'] as Links);
      }),
    );
    const fresh = new Set(found.flat().filter((href) => !href.includes('?') && !seen.has(href)));
    // Self links have a query of their own: followed, but not further.
    const selves = found.flat().filter((href) => href.includes('?'));
    for (const { status } of await Promise.all(selves.map(get))) assert.equal(status, 200);
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
  assert.ok(seen.has('/cmu/v2/tenant/year/month/day/hour/minute/mvpd/platform/application-id/application'));
  assert.ok(seen.size > 100, `${seen.size} paths`);
});

test('the same tree hangs under /esm/v3', async (t) => {
  const sandbox = await sandboxFor(t);
  const token = await sandbox.accessToken();
  const seen = await crawl((href) => report(sandbox, href, { token }), '/esm/v3');
  assert.ok([...seen].every((href) => href.startsWith('/esm/v3')));
  assert.ok(seen.size > 100, `${seen.size} paths`);
});
