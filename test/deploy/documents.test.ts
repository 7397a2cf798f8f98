import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { repository } from './manifests.ts';

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'RELEASING.md',
  'SECURITY.md',
  'bench/README.md',
  'bench/cache-tests/README.md',
  'src/accelerator/README.md',
  ...readdirSync(join(repository, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** What programs write. */
const GENERATED = ['docs/configuration.md', 'docs/images/README.md'];
/** As `wc -w` counts them. */
const MOST_WORDS = 15_000;

/** The anchors of a document's headings, as GitHub makes them. */
const anchorsOf = (text: string): Set<string> =>
  new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

suite('documents', () => {
  for (const document of documents) {
    test(`${document}: every link of its own leads somewhere`, () => {
      const text = readFileSync(join(repository, document), 'utf8').replaceAll(/```[\s\S]*?```/g, '');
      for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        // `npm run bench` writes the results.
        if (/^https?:/.test(link) || link.endsWith('bench/results.md')) continue;
        const [path = '', anchor] = link.split('#', 2);
        const target = path === '' ? document : join(dirname(document), path);
        assert.ok(existsSync(join(repository, target)), link);
        if (anchor === undefined) continue;
        assert.ok(anchorsOf(readFileSync(join(repository, target), 'utf8')).has(anchor), link);
      }
    });
  }

  test(`all that people wrote has ${MOST_WORDS} words at most`, () => {
    const words = documents
      .filter((document) => !GENERATED.includes(document))
      .flatMap((document) => readFileSync(join(repository, document), 'utf8').split(/\s+/).filter(Boolean));
    assert.ok(words.length <= MOST_WORDS, `${words.length} words`);
  });

  test('README.md is a screenful', () => {
    const lines = readFileSync(join(repository, 'README.md'), 'utf8').split('\n');
    assert.ok(lines.length <= 90, `${lines.length} lines`);
  });

  test('README.md leads to every page of docs/', () => {
    const readme = readFileSync(join(repository, 'README.md'), 'utf8');
    const pages = documents.filter((document) => dirname(document) === 'docs');
    assert.deepEqual(
      pages.filter((page) => !readme.includes(`(${page})`)),
      [],
    );
  });
});
