import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ReleaseRequest, releaseFacts } from '../../scripts/release/facts.ts';
import { table } from '../../scripts/release/steps.ts';

const CHANGELOG = `# Changelog\n\nFor users.\n\n## 1.2.0 (2026-12-01)\n\n* New.\n\n## 1.1.0 (2026-11-01)\n\n* Old.\n`;
const request: ReleaseRequest = {
  tag: 'v1.2.0',
  repository: 'An-Owner/cmu-proxy',
  manifest: { version: '1.2.0', repository: 'github:An-Owner/cmu-proxy' },
  changelog: CHANGELOG,
};

suite('what a tag is released as', () => {
  test('its version, its image, and what the changelog says of it alone', () => {
    assert.deepEqual(releaseFacts(request), {
      version: '1.2.0',
      image: 'ghcr.io/an-owner/cmu-proxy',
      isPrerelease: false,
      notes: '* New.\n',
    });
  });

  test('a release candidate is none that everybody gets', () => {
    const facts = releaseFacts({
      ...request,
      tag: 'v1.2.0-rc.1',
      manifest: { ...request.manifest, version: '1.2.0-rc.1' },
      changelog: CHANGELOG.replace('1.2.0', '1.2.0-rc.1'),
    });
    assert.ok('isPrerelease' in facts && facts.isPrerelease);
  });

  const refused: [title: string, change: Partial<ReleaseRequest>, reason: RegExp][] = [
    ['a tag of another version', { tag: 'v1.2.1' }, /is not v1\.2\.0/],
    ['a fork', { repository: 'stranger/cmu-proxy' }, /see RELEASING\.md/],
    ['a version without a section', { changelog: '# Changelog\n' }, /no section/],
    ['a version without a date', { changelog: CHANGELOG.replace('2026-12-01', 'unreleased') }, /no section/],
    ['a version without a word', { changelog: CHANGELOG.replace('* New.', '') }, /no section/],
  ];
  for (const [title, change, reason] of refused) {
    test(`${title} is refused`, () => {
      const facts = releaseFacts({ ...request, ...change });
      assert.match('refusal' in facts ? facts.refusal : '', reason);
    });
  }
});

test('the table of steps tells each outcome, and how many there were', () => {
  const text = table([
    { name: 'image', code: 0, seconds: 61.04 },
    { name: 'npx', code: 2, seconds: 3 },
  ]);
  assert.match(text, /^\| image +\| ok +\| +61\.0 s \|$/m);
  assert.match(text, /^\| npx +\| exit 2 +\| +3\.0 s \|$/m);
  assert.match(text, /\n1 passed, 1 failed\n$/);
});
