/** How commands of ours are typed in a checkout, where none is on the PATH. */
const IN_CHECKOUT: Readonly<Record<string, string>> = {
  serve: 'npm start',
  sandbox: 'npm run sandbox',
  demo: 'npm run demo',
  check: 'npm run check',
};

/** Whether this runs from the sources. */
const IS_CHECKOUT = import.meta.filename.endsWith('.ts');

/** A command of ours as it is typed where this runs. */
export const commandLine = (name: string, isCheckout = IS_CHECKOUT): string =>
  (isCheckout ? IN_CHECKOUT[name] : undefined) ?? `cmu-proxy ${name}`;

/** A text for people with commands of ours in it, such as `cmu-proxy check`, as they are typed where this runs. */
export const typeable = (text: string, isCheckout = IS_CHECKOUT): string =>
  text.replace(/(?<=`)cmu-proxy (\w+)(?=`)/g, (_, name: string) => commandLine(name, isCheckout));
