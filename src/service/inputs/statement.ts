import type { EpochMs } from '../../base/units.ts';
import { type ClientConfig, statementKey } from '../../config/settings/topology.ts';
import { parseSoftwareStatement, readStatementFile, type SoftwareStatement } from '../../oauth/index.ts';

/** For whoever has configured no statement at all. */
export const NO_STATEMENT = {
  message: 'No software statement is configured',
  advice:
    'Set CMU_PROXY_SOFTWARE_STATEMENT_FILE (or `softwareStatementFile`) to the path of the .txt file from the Adobe TVE Dashboard. Without a statement, `cmu-proxy demo` shows the proxy against a built-in sandbox.',
} as const;

/**
 * The statement that the configuration names, read and checked; `undefined` when it names none.
 * @throws {StatementError} when it cannot be read or used.
 */
export async function configuredStatement(
  { statement, statementFile }: Pick<ClientConfig, 'statement' | 'statementFile'>,
  now: EpochMs,
): Promise<SoftwareStatement | undefined> {
  if (statementFile !== undefined) return readStatementFile(statementFile, now);
  return statement === undefined ? undefined : parseSoftwareStatement(statement.reveal(), now);
}

/** The key of the setting that gives the client its statement. */
export const statementSetting = (client: ClientConfig): string =>
  statementKey(client, client.statement === undefined ? 'statementFile' : 'statement');
