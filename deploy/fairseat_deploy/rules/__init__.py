"""What must be true of manifests that no schema says: each rule is a function from an overlay to what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from fairseat_deploy.rules import alive, capacity, confined, edge, flows, network, references, settings
from fairseat_deploy.rules.exceptions import is_excepted
from fairseat_deploy.rules.found import Finding, Rendered, Rule

RULES: tuple[Rule, ...] = (
    confined.containers_are_confined,
    confined.nodes_are_left_alone,
    confined.accounts_are_own,
    confined.tokens_are_kept_back,
    confined.images_are_pinned,
    confined.services_run_their_own_image,
    confined.resources_are_said,
    confined.priorities_are_there,
    confined.data_comes_first,
    confined.services_push_nobody_out,
    confined.temporary_files_are_limited,
    alive.probes_ask_real_routes,
    alive.mistakes_may_be_repaired,
    alive.stays_while_the_database_moves,
    alive.ends_in_time,
    alive.disruptions_have_a_budget,
    alive.scalers_have_a_target,
    alive.selectors_match,
    alive.spread_counts_real_pods,
    alive.names_are_unique,
    capacity.connections_fit,
    network.services_lead_somewhere,
    network.pods_have_a_policy,
    network.policies_name_what_is_there,
    network.addresses_lead_somewhere,
    network.all_is_in_our_namespace,
    flows.needed_connections_are_open,
    flows.data_is_reached_by_few,
    flows.services_are_reached_by_need,
    flows.few_reach_the_world,
    flows.the_clusters_interface_is_reached,
    flows.challenges_need_no_port_of_a_node,
    references.config_maps_are_there,
    references.secrets_are_listed,
    references.secrets_are_used,
    references.no_secret_is_in_a_document,
    references.volumes_are_there,
    references.variables_are_defined,
    references.roles_are_there,
    references.issuers_are_there,
    settings.services_accept_their_settings,
    settings.pods_are_given_nothing_unknown,
    settings.settings_are_known,
    edge.routes_are_the_table,
    edge.routes_do_not_overlap,
    edge.private_paths_lead_nowhere,
    edge.routes_lead_to_services,
    edge.the_edge_is_the_public_url,
)


def findings(rendered: Rendered, excepted: list[Finding] | None = None) -> Iterator[Finding]:
    """Everything that is wrong with an overlay; what there is a reason for is put into `excepted` instead."""
    for rule in RULES:
        for who, what in rule(rendered):
            finding = Finding(rule.__name__, who, what)
            if not is_excepted(finding):
                yield finding
            elif excepted is not None:
                excepted.append(finding)
