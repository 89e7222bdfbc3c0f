/** Names of an option that takes several, separated by commas: trimmed, in lower case, none empty. */
export function nameList(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}
