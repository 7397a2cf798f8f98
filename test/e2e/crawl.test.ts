import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { call } from '../support/http-client.ts';
import { startServiceWorld } from '../support/service-world.ts';

/** What keeps reports small and alike, whenever they are asked for. */
const RANGE = 'start=2026-01-01&end=2026-01-02&limit=1';
const AT_ONCE = 16;

/** Prefixes that links have, and where the proxy has their API: elsewhere than Adobe, so that every link is mapped. */
const PLACES: readonly (readonly [adobe: string, here: string])[] = [
  ['/cmu/v2', '/usage'],
  ['/esm/v3', '/entitlements'],
  ['/v3', '/entitlements'],
];

const mapped = (href: string): string => {
  const [adobe = '', here = ''] = PLACES.find(([adobe]) => href.startsWith(adobe)) ?? [];
  return here + href.slice(adobe.length);
};

/** A report with its links as the proxy has them. */
const withMappedLinks = (body: string): unknown =>
  JSON.parse(body, (name, value) => (name === 'href' ? mapped(value) : value));

const linksOf = (report: unknown): string[] =>
  Object.values(Object(report)._links).flatMap((links) => [links].flat().map((link) => Object(link).href));

/** Asks for all that links lead to, from the root on, and each place once. @param visit gives the links of a place */
async function crawl(root: string, visit: (href: string) => Promise<readonly string[]>): Promise<number> {
  const seen = new Set([root]);
  const waiting = [root];
  const walk = async () => {
    for (let href = waiting.pop(); href !== undefined; href = waiting.pop()) {
      for (const found of await visit(href)) {
        // A self link has its report's own query: it leads to where we are.
        if (seen.has(found) || found.includes('?')) continue;
        seen.add(found);
        waiting.push(found);
      }
    }
  };
  while (waiting.length > 0) await Promise.all(Array.from({ length: AT_ONCE }, walk));
  return seen.size;
}

suite('A crawl through the proxy, along its own links', () => {
  for (const profile of ['seen', 'documented'] as const) {
    for (const [adobe, here] of PLACES.slice(0, 2)) {
      test(`finds what a direct one does at ${adobe}, as Adobe is ${profile}`, async () => {
        await using world = await startServiceWorld({
          statements: ['a'],
          sandbox: { profile, minuteReports: true },
          yaml: `
clients: [{ name: a, statementFile: DIR/a.txt }]
routes:
  - { name: usage, prefix: /usage, upstream: { maxRequestsPerSecond: 0 } }
  - { name: entitlements, prefix: /entitlements, upstream: { prefix: /esm/v3, maxRequestsPerSecond: 0 } }
`,
        });
        const token = await world.sandbox.accessToken();
        const direct = (target: string) =>
          call(world.sandbox.url + target, { headers: ['Authorization', `Bearer ${token}`] });
        const places = await crawl(here, async (href) => {
          const [ours, theirs] = await Promise.all([
            world.get(`${href}?${RANGE}`),
            direct(`${adobe}${href.slice(here.length)}?${RANGE}`),
          ]);
          assert.equal(ours.status, 200, href);
          assert.equal(theirs.status, 200, href);
          const report: unknown = JSON.parse(ours.text);
          assert.deepEqual(report, withMappedLinks(theirs.text), href);
          const links = linksOf(report);
          const self = links.find((link) => link.includes('?')) ?? '';
          assert.equal((await world.get(self)).status, 200, self);
          return links;
        });
        assert.ok(places > 60, `${places} places`);
      });
    }
  }
});
