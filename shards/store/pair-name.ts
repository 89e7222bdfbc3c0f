/** One text for two names, with no two pairs alike: the first name's length comes first. */
export function pairName(first: string, second: string): string {
  return `${first.length}:${first}${second}`;
}
