import { open, readFile, rename, rm } from 'node:fs/promises';
import {
  exportSigningKey,
  generateSigningKey,
  importSigningKey,
  type SigningKey,
} from '../oauth/signing-key.ts';

/** Writes a file that only its owner may read, whole or not at all, whatever was there before. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    // `wx`: a link that somebody put there beforehand is not followed.
    const file = await open(temporary, 'wx', 0o600);
    await file.writeFile(text).finally(() => file.close());
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/**
 * The signing key of a file; made and written there (mode 0600) if the file does not exist, so that a sandbox that is
 * started again accepts the statements of the time before.
 * @throws when the file can be neither read nor written, or holds something else.
 */
export async function keyOfFile(path: string): Promise<SigningKey> {
  const pem = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (pem !== undefined) {
    return importSigningKey(pem).catch((cause: unknown) => {
      throw new Error(`${path} holds no RSA private key in PKCS #8 form`, { cause });
    });
  }
  const key = await generateSigningKey();
  await writePrivateFile(path, await exportSigningKey(key));
  return key;
}
