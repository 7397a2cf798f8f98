import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from './package/stage.ts';
import { releaseFacts } from './release/facts.ts';

/**
 * `npm run release:facts -- TAG OWNER/NAME`: prints what a release is called, as outputs of a workflow, and writes its
 * notes to `artifacts/release-notes.md`. Exit code 1, with the reason, for what must not be released.
 */

const root = join(import.meta.dirname, '..');
const [tag = '', repository = ''] = process.argv.slice(2);
const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
const facts = releaseFacts({ tag, repository, manifest: readManifest(root), changelog });
if ('refusal' in facts) {
  process.stderr.write(`${facts.refusal}\n`);
  process.exitCode = 1;
} else {
  mkdirSync(join(root, 'artifacts'), { recursive: true });
  writeFileSync(join(root, 'artifacts/release-notes.md'), facts.notes);
  process.stdout.write(`version=${facts.version}\nimage=${facts.image}\nprerelease=${facts.isPrerelease}\n`);
}
