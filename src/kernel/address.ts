import { isIP } from "node:net";

/** The eight groups of an IPv6 address as numbers. */
function groupsOf(address: string): number[] {
  const parse = (part: string): number[] =>
    part.split(":").filter((group) => group !== "").flatMap((group) => {
      if (!group.includes(".")) return [Number.parseInt(group, 16)];
      const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
      return [a * 256 + b, c * 256 + d];
    });
  const [head = "", tail = ""] = address.split("::");
  const left = parse(head);
  const right = parse(tail);
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/**
 * What counts as one caller: an IPv4 address, or the /64 of an IPv6 one, since a single subscriber
 * has at least that many addresses to change between (RFC 6177). Other texts stay as they are.
 */
export function networkOf(address: string): string {
  const plain = address.split("%")[0] ?? "";
  if (isIP(plain) !== 6) return address;
  const groups = groupsOf(plain);
  const [, , , , , marker, high = 0, low = 0] = groups;
  if (marker === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  }
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}
