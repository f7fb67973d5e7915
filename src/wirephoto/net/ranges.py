"""The tables behind the address rule: ranges, single addresses, names and ports, each with source.

The tables are our own. ``ipaddress.is_global`` is no guard: it differs between versions of
Python and lets through multicast, IPv4 inside IPv6, and unallocated space. The registries are
https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry.

IPv6 is open in 2000::/3 (RFC 4291, 2.4) minus ``REFUSED_IPV6``. That shuts, without naming
them, :: and ::1 (RFC 4291), 100::/64 (RFC 6666), 100:0:0:1::/64 (RFC 9780), 5f00::/16
(RFC 9602), fc00::/7 (RFC 4193), fe80::/10 (RFC 4291), fec0::/10 (RFC 3879), ff00::/8
(RFC 4291) and all that nobody has been given yet.
"""

import ipaddress
from ipaddress import IPv4Network, IPv6Address, IPv6Network

REFUSED_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network, RFC 791, 3.2
            "10.0.0.0/8",  # private, RFC 1918
            "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
            "127.0.0.0/8",  # loopback, RFC 1122, 3.2.1.3
            "168.63.129.16/32",  # Azure's host service, in public space; Microsoft's documentation
            "169.254.0.0/16",  # link-local and metadata, RFC 3927
            "172.16.0.0/12",  # private, RFC 1918
            "192.0.0.0/24",  # IETF protocol assignments, RFC 6890
            "192.0.2.0/24",  # documentation, RFC 5737
            "192.31.196.0/24",  # AS112, RFC 7535
            "192.52.193.0/24",  # AMT relays, RFC 7450
            "192.88.99.0/24",  # 6to4 relays, RFC 7526
            "192.168.0.0/16",  # private, RFC 1918
            "192.175.48.0/24",  # AS112, RFC 7534
            "198.18.0.0/15",  # benchmarks, RFC 2544
            "198.51.100.0/24",  # documentation, RFC 5737
            "203.0.113.0/24",  # documentation, RFC 5737
            "224.0.0.0/4",  # multicast, RFC 5771
            "240.0.0.0/4",  # reserved, RFC 1112, and broadcast, RFC 919
        ),
    )
)

GLOBAL_UNICAST = IPv6Network("2000::/3")

REFUSED_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # IETF protocol assignments, RFC 2928: Teredo, ORCHID, benchmarks, AMT
            "2001:db8::/32",  # documentation, RFC 3849
            "2002::/16",  # 6to4, RFC 3056
            "2620:4f:8000::/48",  # AS112, RFC 7534
            "3fff::/20",  # documentation, RFC 9637
        ),
    )
)

# IPv4 inside IPv6: shut even where the inner address, or the network around it, is allowed.
EMBEDDING = tuple(
    map(
        IPv6Network,
        (
            "::/96",  # IPv4-compatible, RFC 4291, 2.5.5.1
            "::ffff:0:0/96",  # IPv4-mapped, RFC 4291, 2.5.5.2
            "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765
            "64:ff9b::/96",  # NAT64, RFC 6052
            "64:ff9b:1::/48",  # NAT64 of a local network, RFC 8215
            "2001::/32",  # Teredo, RFC 4380
            "2002::/16",  # 6to4, RFC 3056
        ),
    )
)
ISATAP = {0x00005EFE, 0x02005EFE}  # upper half of the interface identifier, RFC 5214, 6.1
PLAIN_IN_COMPATIBLE = {IPv6Address("::"), IPv6Address("::1")}

# Credentials of the machine itself: no setting opens these. Clouds hand them out at addresses of
# their own choice, most of them link-local, where no picture was ever found.
LINK_LOCAL = (IPv4Network("169.254.0.0/16"), IPv6Network("fe80::/10"))
METADATA = frozenset(
    map(
        ipaddress.ip_address,
        (
            "169.254.169.254",  # AWS, Azure, Google, Oracle, DigitalOcean and others
            "169.254.0.23",  # Tencent
            "169.254.42.42",  # Scaleway
            "169.254.170.2",  # AWS, tasks of ECS
            "169.254.170.23",  # AWS, pods of EKS
            "fd00:ec2::254",  # AWS over IPv6
            "fd00:ec2::23",  # AWS, pods of EKS over IPv6
            "fd20:ce::254",  # Google over IPv6
            "fd00:42::42",  # Scaleway over IPv6
            "fd00:c1::a9fe:a9fe",  # Oracle over IPv6
            "100.100.100.200",  # Alibaba
            "192.0.0.192",  # Oracle
            "168.63.129.16",  # Azure's host service
        ),
    )
)

# Names that mean an inner network whatever they resolve to (RFC 6761, 6762, 8375; ICANN's
# .internal). A name without a dot is one too. They give way to ``allow_networks``.
INNER_NAMES = ("localhost", "localdomain", "local", "internal", "home.arpa")
# Names that stay shut in any case: metadata, and Tor (RFC 7686).
SHUT_NAMES = ("metadata.google.internal", "metadata.goog", "onion")

FIRST_OPEN_PORT = 1024
WEB_PORTS = frozenset({80, 443})

_DATABASES = (1433, 1434, 1521, 3306, 5432, 5433, 5984, 7000, 7001, 7199, 7473, 7474, 7687, 8086)
_MORE_DATABASES = (9042, 9160, 26257, 27017, 27018, 27019, 28015, 28017, 33060)
_CACHES_AND_SEARCH = (6379, 6380, 9200, 9300, 11211, 16379, 26379)
_QUEUES_AND_METRICS = (1883, 5671, 5672, 8125, 9092, 9100, 10050, 10051, 15672, 61613, 61616)
_CLUSTERS = (2181, 2375, 2376, 2377, 2379, 2380, 4505, 4506, 6443, 8200, 8300, 8301, 8302)
_MORE_CLUSTERS = (8500, 8600, 10250, 10255, 10256)
_REMOTE = (1080, 1099, 1723, 2049, 3128, 3389, 4369, 4444, 5900, 5901, 5985, 5986, 6000, 6001)
_CHAT = (6660, 6665, 6666, 6667, 6668, 6669, 6697)
SERVICE_PORTS = frozenset(
    {*_DATABASES, *_MORE_DATABASES, *_CACHES_AND_SEARCH, *_QUEUES_AND_METRICS}
    | {*_CLUSTERS, *_MORE_CLUSTERS, *_REMOTE, *_CHAT}
)
