import { assertEquals } from "@std/assert";
import { networkOf } from "../../src/kernel/address.ts";

Deno.test("networkOf() keeps IPv4 and takes the /64 of IPv6", () => {
  const cases: [string, string][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:0201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:DB8:0:0:1:2:3:4", "2001:db8:0:0::/64"],
    ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
    ["2001:0db8:00ab::", "2001:db8:ab:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["unknown", "unknown"],
    ["", ""],
    ["1::2::3", "1::2::3"],
  ];
  for (const [address, network] of cases) assertEquals(networkOf(address), network, address);
});
