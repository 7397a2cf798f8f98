import { stripTypeScriptTypes } from 'node:module';
import { ConsoleFiles } from './console-files.ts';

/** The console of this program: its sources in a checkout, what was built of them otherwise. */
export const openConsole = (): ConsoleFiles =>
  new ConsoleFiles(
    new URL('./console/', import.meta.url),
    import.meta.url.endsWith('.ts') ? stripTypeScriptTypes : undefined,
  );
