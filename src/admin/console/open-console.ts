import { stripTypeScriptTypes } from 'node:module';
import { ConsoleFiles } from './console-files.ts';

const fromSource = import.meta.url.endsWith('.ts');

/** The console of this program: its sources in a checkout, what was built of them otherwise. */
export const openConsole = (): ConsoleFiles =>
  new ConsoleFiles(
    new URL(fromSource ? '../../console/' : './console/', import.meta.url),
    fromSource ? stripTypeScriptTypes : undefined,
  );
