"""Terraform's files, as far as they can be judged without the provider: form, names, variables, what is kept secret.

The argument names are those of the provider in the version that is pinned.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fairseat_deploy.tree import DEPLOY, ROOT

FOLDER = DEPLOY / "digitalocean"
PARTS = ("account", "cluster")
META = {"count", "lifecycle", "provider", "depends_on"}
# What each kind of block takes (provider 2.71.0); blocks inside of it by their path.
TAKES = {
    "digitalocean_container_registry": {"name", "region", "subscription_tier_slug"},
    "digitalocean_domain": {"name", "ip_address"},
    "digitalocean_record": {"domain", "flags", "name", "port", "priority", "tag", "ttl", "type", "value", "weight"},
    "digitalocean_vpc": {"description", "ip_range", "name", "region"},
    "digitalocean_kubernetes_versions": {"version_prefix"},
    "digitalocean_loadbalancer": {"id", "name"},
    "digitalocean_kubernetes_cluster": {
        "auto_upgrade", "cluster_subnet", "control_plane_firewall", "destroy_all_associated_resources", "ha",
        "kubeconfig_expire_seconds", "maintenance_policy", "name", "node_pool", "region", "registry_integration",
        "service_subnet", "surge_upgrade", "tags", "version", "vpc_uuid",
    },
    "digitalocean_kubernetes_cluster.maintenance_policy": {"day", "start_time"},
    "digitalocean_kubernetes_cluster.control_plane_firewall": {"allowed_addresses", "enabled"},
    "digitalocean_kubernetes_cluster.node_pool": {
        "auto_scale", "labels", "max_nodes", "min_nodes", "name", "node_count", "size", "tags", "taint",
    },
    "digitalocean_spaces_bucket": {
        "acl", "cors_rule", "force_destroy", "lifecycle_rule", "name", "region", "versioning",
    },
    "digitalocean_spaces_bucket.versioning": {"enabled"},
    "digitalocean_spaces_bucket.lifecycle_rule": {
        "abort_incomplete_multipart_upload_days", "enabled", "expiration", "id", "noncurrent_version_expiration",
        "prefix",
    },
    "digitalocean_spaces_bucket.lifecycle_rule.noncurrent_version_expiration": {"days"},
    "digitalocean_spaces_key": {"grant", "name"},
    "digitalocean_spaces_key.grant": {"bucket", "permission"},
    "digitalocean_project": {"description", "environment", "is_default", "name", "purpose", "resources"},
}  # fmt: skip
NEEDS = {
    "digitalocean_container_registry": {"name", "subscription_tier_slug"},
    "digitalocean_domain": {"name"},
    "digitalocean_record": {"domain", "name", "type", "value"},
    "digitalocean_vpc": {"name", "region"},
    "digitalocean_kubernetes_cluster": {"name", "node_pool", "region", "version"},
    "digitalocean_kubernetes_cluster.node_pool": {"name", "size"},
    "digitalocean_spaces_bucket": {"name"},
    "digitalocean_spaces_key.grant": {"bucket", "permission"},
    "digitalocean_project": {"name"},
}
BLOCK = re.compile(r'^\s*([a-z_]+)((?: "[^"]*")*) \{(\})?$')
ARGUMENT = re.compile(r"^\s*([a-z_]+)\s+= (.*)$")


@dataclass
class Block:
    """A block of the language: its word, its labels, what it says and the blocks in it."""

    word: str
    labels: list[str]
    arguments: dict[str, str] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.labels[-1]


def parsed(text: str) -> Block:
    """The blocks of a file that `terraform fmt` has formatted: a line is a block's head, an argument or an end."""
    root = Block("", [])
    path = [root]
    for number, line in enumerate(text.splitlines(), 1):
        bare = re.sub(r"^\s*#.*$", "", line)
        if not bare.strip():
            continue
        if head := BLOCK.match(bare):
            made = Block(head[1], re.findall(r'"([^"]*)"', head[2]))
            path[-1].blocks.append(made)
            path += [] if head[3] else [made]
        elif bare.rstrip().endswith("= {"):
            inside = Block(bare.split("=")[0].strip(), [])
            path[-1].arguments[inside.word] = "{"
            path.append(inside)
        elif argument := ARGUMENT.match(bare):
            assert argument[1] not in path[-1].arguments, f"line {number}: said twice"
            path[-1].arguments[argument[1]] = argument[2]
        else:
            assert bare.strip() == "}", f"line {number}: {line!r}"
            path.pop()
    assert path == [root], "a block does not end"
    return root


def read(part: str) -> list[Block]:
    return [block for path in sorted((FOLDER / part).glob("*.tf")) for block in parsed(path.read_text()).blocks]


def given(path: Path) -> dict[str, str]:
    return parsed(path.read_text()).arguments


def misnamed(kind: str, block: Block) -> Iterator[str]:
    said = set(block.arguments) | {inner.word for inner in block.blocks}
    yield from (f"{kind}: no argument {name}" for name in sorted(said - TAKES[kind] - META))
    yield from (f"{kind}: lacks {name}" for name in sorted(NEEDS.get(kind, set()) - said))
    for inner in block.blocks:
        if inner.word not in META and inner.word in TAKES[kind]:
            yield from misnamed(f"{kind}.{inner.word}", inner)


@pytest.mark.parametrize("part", PARTS)
def test_every_argument_is_one_that_the_provider_takes(part: str) -> None:
    found = [(block.labels[0], block) for block in read(part) if block.word in ("resource", "data")]
    assert found
    assert [fault for kind, block in found for fault in misnamed(kind, block)] == []


def test_a_wrong_name_is_found() -> None:
    text = 'resource "digitalocean_vpc" "a" {\n  nam = "x"\n\n  timeout {\n    days = 1\n  }\n}\n'
    (block,) = parsed(text).blocks
    assert list(misnamed("digitalocean_vpc", block)) == [
        "digitalocean_vpc: no argument nam",
        "digitalocean_vpc: no argument timeout",
        "digitalocean_vpc: lacks name",
        "digitalocean_vpc: lacks region",
    ]
    with pytest.raises(AssertionError, match="does not end"):
        parsed(text[:-3])


@pytest.mark.parametrize("part", PARTS)
def test_whatever_is_named_is_there_and_whatever_is_there_is_named(part: str) -> None:
    blocks = read(part)
    text = "".join(path.read_text() for path in (FOLDER / part).glob("*.tf"))
    variables = {block.name for block in blocks if block.word == "variable"}
    assert set(re.findall(r"\bvar\.([a-z_]+)", text)) == variables
    local = {name for block in blocks if block.word == "locals" for name in block.arguments}
    assert set(re.findall(r"\blocal\.([a-z_]+)", text)) == local
    made = {f"{block.labels[0]}.{block.name}" for block in blocks if block.word == "resource"}
    named = set(re.findall(r"(?<!data\.)\b(digitalocean_[a-z_]+\.[a-z_]+)\.", re.sub(r"data\.\S+", "", text)))
    assert named <= made
    looked_up = {f"{block.labels[0]}.{block.name}" for block in blocks if block.word == "data"}
    assert set(re.findall(r"data\.(digitalocean_[a-z_]+\.[a-z_]+)", text)) == looked_up
    silent = [
        block.name for block in blocks if block.word in ("variable", "output") and "description" not in block.arguments
    ]
    assert silent == []


def test_every_environment_says_what_it_must_and_nothing_else() -> None:
    variables = {block.name: block for block in read("cluster") if block.word == "variable"}
    needed = {name for name, block in variables.items() if "default" not in block.arguments}
    said = {path.stem: given(path) for path in sorted((FOLDER / "cluster/environments").glob("*.tfvars"))}
    assert set(said) == {"staging", "production"}
    for name, values in said.items():
        assert needed <= set(values) <= set(variables), name
        assert values["environment"] == f'"{name}"'
        domain = re.search(r"domain: (\S+)", (DEPLOY / f"overlays/{name}/site.yaml").read_text())
        assert domain
        assert values["domain"] == f'"{domain[1]}"', "the overlay answers for another name"
        assert values["domain"].strip('"').endswith(values["zone"].strip('"'))
    for apart in ("network", "backups_bucket", "domain"):
        assert len({values[apart] for values in said.values()}) == len(said), f"both have the same {apart}"
    account = {block.name for block in read("account") if block.word == "variable" and "default" not in block.arguments}
    assert account == set(given(FOLDER / "account/example.tfvars"))


def test_the_provider_is_one_version_and_both_parts_have_it() -> None:
    versions = [re.findall(r'(?<!_)\bversion = "([^"]+)"', (FOLDER / part / "main.tf").read_text()) for part in PARTS]
    assert versions == [["2.71.0"], ["2.71.0"]]


def test_what_is_secret_is_marked_and_kept_out_of_the_repository() -> None:
    outputs = [block for part in PARTS for block in read(part) if block.word == "output"]
    secret = [block for block in outputs if re.search(r"(access|secret)_key$", block.arguments["value"])]
    assert [block.arguments.get("sensitive") for block in secret] == ["true", "true"]
    tracked = subprocess.run(["git", "ls-files", FOLDER], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r".*(?:tfstate|backend\.hcl|\.terraform/).*", tracked) == []
    text = "".join(path.read_text() for path in FOLDER.rglob("*.tf*"))
    assert re.findall(r"dop_v1_|DO00|(?:token|secret|password)\w*\s*=\s*\"", text) == []
    ignored = subprocess.run(
        ["git", "check-ignore", "terraform.tfstate", "account/backend.hcl"],
        cwd=FOLDER,
        capture_output=True,
        check=False,
    )
    assert ignored.returncode == 0


def test_terraform_itself_reads_and_formats_them_so() -> None:
    terraform = shutil.which("terraform")
    if terraform is None:
        return  # the workflow has it; the form is also what the parser above needs
    done = subprocess.run(
        [terraform, f"-chdir={FOLDER}", "fmt", "-check", "-recursive"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
