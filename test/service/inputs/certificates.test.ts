import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { readInputFile } from '../../../src/base/read-files.ts';
import { readCertificates } from '../../../src/service/inputs/certificates.ts';

const [one = '', other = ''] = rootCertificates;

async function fileWith(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cmu-ca-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'ca.pem'), text);
  return join(folder, 'ca.pem');
}

test('the certificates of a bundle are read, whatever stands between them', async (t) => {
  const path = await fileWith(t, `# Root one\n${one}\nsubject=other\n${other}\n`);
  const bundle = await readCertificates(path, readInputFile);
  assert.equal(bundle?.match(/BEGIN CERTIFICATE/g)?.length, 2);
  assert.ok(!bundle?.includes('subject='));
});

test('no path, no certificates', async () => {
  assert.equal(await readCertificates(undefined, readInputFile), undefined);
});

test('a bundle that is missing, empty or broken is refused, as Node would silently trust less', async (t) => {
  const refused = async (path: string, code: string) =>
    assert.rejects(readCertificates(path, readInputFile), { name: 'InputError', code });
  await refused(join(tmpdir(), 'no', 'such', 'file'), 'unreadable');
  await refused(await fileWith(t, ''), 'no_certificate');
  await refused(await fileWith(t, one.replace('BEGIN CERTIFICATE', 'BEGIN PRIVATE KEY')), 'no_certificate');
  await refused(
    await fileWith(t, `${one}\n${other.slice(0, 100)}\n-----END CERTIFICATE-----`),
    'invalid_certificate',
  );
});
