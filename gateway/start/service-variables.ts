/** What Kubernetes sets for a service and each of its ports, whatever follows `AFTERCLICK_` in the service's name. */
const NAMES = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
/** What it sets `…_PORT` to. */
const ADDRESS = /^(tcp|udp|sctp):\/\//;

/**
 * True for a variable that Kubernetes sets in every pod beside a service called afterclick, or afterclick-something: it is no option,
 * however it is named. With `AFTERCLICK_PORT=tcp://10.0.0.1:80` nobody chose a port.
 */
export function isServiceVariable(name: string, text: string): boolean {
  return NAMES.test(name) || (name.endsWith('_PORT') && ADDRESS.test(text));
}
