namespace Siit.Iam.Agent.Gate.Rules;

/// <param name="Id">Such as <c>okta:00u1</c> for whose manager, <c>okta:group:00g1</c> for owner of what.</param>
/// <param name="Name">The same for people, as it is called in the directory.</param>
internal sealed record SeatAbout(string Id, string Name);

/// <summary>Whom and what one call is about, as far as seats look at it.</summary>
/// <param name="Manager">Whose manager is meant; null when the call is about nobody.</param>
/// <param name="Owner">The group or application whose owner is meant; null when the call is about none.</param>
internal sealed record CallAbouts(SeatAbout? Manager, SeatAbout? Owner)
{
    /// <summary>A call of another server's tool: about nobody of a directory, and about nothing that somebody owns.</summary>
    public static CallAbouts Nothing { get; } = new(null, null);

    /// <summary>Says whose manager, and owner of what. A seat that there is nothing for stays as it is, and nobody can take it.</summary>
    public Seat Place(Seat seat) => seat.Source switch
    {
        SeatSource.Manager => At(seat, Manager),
        SeatSource.Owner => At(seat, Owner),
        _ => seat,
    };

    private static Seat At(Seat seat, SeatAbout? about) => about is null ? seat : seat with { About = about.Id, AboutName = about.Name };
}
