"""The pages: Jinja2 templates and static files for the web chat and the counsellor queue. Served by ``agent.api``.

Nothing here decides anything. ``templates/chat.html`` is the person's page and works as a help card when every script,
and the network, is gone. ``templates/counsellor/`` is the queue. ``static/`` holds plain CSS and ES modules that the
browser runs as they are: no build step, no inline script or style, nothing from another host (see the CSP in the API).
"""
