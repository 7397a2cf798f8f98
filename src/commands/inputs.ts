import type { ConfigMistake } from '../config/mistake.ts';
import type { Config } from '../config/schema.ts';
import { type SealingKeys, type SoftwareStatement, StatementError } from '../dcr/index.ts';
import type { TlsIdentity } from '../proxy/tls-listener.ts';
import type { EpochMs } from '../units.ts';
import { CertificateError, readCertificates } from './certificates.ts';
import { readSealingKeys, StateKeyError } from './sealing.ts';
import { configuredStatement, NO_STATEMENT } from './statement.ts';
import { readTlsIdentity } from './tls-identity.ts';

/** What the configuration names without holding it. */
export interface Inputs {
  readonly statement: SoftwareStatement;
  /** PEM certificates to trust besides Node's own. */
  readonly ca: { readonly dcr: string | undefined; readonly upstream: string | undefined };
  /** Keys of the state file. */
  readonly sealing: SealingKeys | undefined;
  /** Of the public listener. */
  readonly tls: TlsIdentity | undefined;
}

/** Reads the statement, the keys and the certificate files. @returns all that is wrong with them, if anything is */
export const readInputs = async (
  config: Config,
  now: EpochMs,
): Promise<Inputs | { readonly mistakes: readonly ConfigMistake[] }> => {
  const statementKey = config.softwareStatement === undefined ? 'softwareStatementFile' : 'softwareStatement';
  const mistakes: ConfigMistake[] = [];
  const tried = async <T>(key: string, read: Promise<T>): Promise<T | undefined> => {
    try {
      return await read;
    } catch (error) {
      if (!isAboutInput(error)) throw error;
      const setting = error instanceof StateKeyError ? error.key : key;
      mistakes.push({ key: setting, expected: `${error.message}. ${error.advice}` });
      return undefined;
    }
  };
  const [statement, dcr, upstream, sealing, tls] = await Promise.all([
    tried(statementKey, configuredStatement(config, now)),
    tried('dcr.caFile', readCertificates(config.dcr.caFile)),
    tried('upstream.caFile', readCertificates(config.upstream.caFile)),
    tried('state.key', readSealingKeys(config.state)),
    tried('listen.tls', readTlsIdentity(config.listen.tls)),
  ]);
  if (statement === undefined && mistakes.length === 0) {
    mistakes.push({ key: statementKey, expected: `${NO_STATEMENT.message}. ${NO_STATEMENT.advice}` });
  }
  return statement === undefined || mistakes.length > 0
    ? { mistakes }
    : { statement, ca: { dcr, upstream }, sealing, tls };
};

const isAboutInput = (error: unknown): error is StatementError | CertificateError | StateKeyError =>
  error instanceof StatementError || error instanceof CertificateError || error instanceof StateKeyError;
